import Kernel
import Testing

@testable import Undo

@Suite("An undo record of an interface (needs root)", .timeLimit(.minutes(1)))
struct NamespaceOfRecordTests {
    @Test("is carried out in the namespace that it was written in, wherever it is replayed from")
    func elsewhere() async throws {
        let (own, other) = (try await NetworkNamespace.make(), try await NetworkNamespace.make())
        let set = "tc qdisc add dev lo root handle 7: pfifo"
        let has = "tc qdisc show dev lo | grep -q 'pfifo 7:'"
        for namespace in [own, other] { try #require(try await namespace.run(set) == 0) }
        let inOwn = try NamedNetworkNamespace(path: "/proc/\(own.process)/ns/net")
        let inOther = try NamedNetworkNamespace(path: "/proc/\(other.process)/ns/net")
        let record = try inOwn.inside {
            try Reversal.deleteQdisc(interface: "lo", index: 1, handle: 7 << 16).inOwnNetwork()
        }
        let outcome = try inOther.inside { ReversalPerformer().perform(record) }
        #expect(outcome.isClean, "\(outcome)")
        #expect(try await own.run(has) == 1)
        #expect(try await other.run(has) == 0)
        await own.remove()
        // What is gone with its namespace is not looked for in another one.
        let again = try inOther.inside { ReversalPerformer().perform(record) }
        #expect(again.isClean, "\(again)")
        #expect(try await other.run(has) == 0)
        await other.remove()
    }
}
