import Dispatch
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Probes

@Suite("The hosts of probes")
struct HostLookupTests {
    /// A resolver that answers when it is let go.
    private final class Gate: Sendable {
        private let isOpen = DispatchSemaphore(value: 0)
        private let calls = Mutex(0)

        var count: Int { calls.withLock(\.self) }
        func open() { isOpen.signal() }

        func resolve() -> HostLookup.Answer {
            calls.withLock { $0 += 1 }
            isOpen.wait()
            isOpen.signal()
            return .success(["127.0.0.1"])
        }
    }

    @Test(
        "what is neither an address nor a name is refused",
        arguments: [
            ("127.0.0.1", true), ("::1", true), ("localhost", true), ("db", true),
            ("queue-1.example.org", true), ("queue.example.org.", true), ("a_b.local", true),
            ("", false), (".", false), ("a..b", false), ("-a", false), ("a b", false),
            ("300.1.1.1", false), ("käse.example", false), ("a@b", false),
            (String(repeating: "a", count: 64), false),
        ])
    func names(_ host: String, _ isHost: Bool) {
        #expect((HostLookup(host) != nil) == isHost)
    }

    @Test("an address is never looked up, and localhost is the IPv4 one")
    func addresses() async throws {
        for host in ["127.0.0.1", "localhost"] {
            let lookup = try #require(HostLookup(host) { _ in .failure(.notResolved) })
            #expect(await lookup.addresses(within: .seconds(60)) == .success(["127.0.0.1"]))
        }
    }

    @Test("the host's own resolver knows what its hosts file says")
    func system() throws {
        let addresses = try HostLookup.system("localhost").get()
        #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
    }

    @Test("who waits for a lookup that hangs stops in time, and no second lookup begins")
    func hanging() async throws {
        let gate = Gate()
        let lookup = try #require(HostLookup("db") { _ in gate.resolve() })
        #expect(await lookup.addresses(within: .milliseconds(20)) == .failure(.timeout))
        #expect(await lookup.addresses(within: .milliseconds(20)) == .failure(.timeout))
        #expect(gate.count <= 1)
        async let last = lookup.addresses(within: .seconds(60))
        gate.open()
        #expect(await last == .success(["127.0.0.1"]))
    }

    @Test("a cancelled question does not wait for its lookup")
    func cancelled() async throws {
        let gate = Gate()
        let lookup = try #require(HostLookup("db") { _ in gate.resolve() })
        let task = Task { await lookup.addresses(within: .seconds(600)) }
        task.cancel()
        #expect(await task.value == .failure(.cancelled))
        gate.open()
    }

    @Test("the next address is asked until one is final")
    func order() async throws {
        let lookup = try #require(
            HostLookup("db") { _ in .success(["::1", "127.0.0.1", "127.0.0.2"]) })
        let asked = Mutex<[String]>([])
        let answer = await lookup.ask(within: .seconds(60), now: { .zero }) { address, _ in
            asked.withLock { $0.append(address) }
            return address.contains(":")
                ? (NodeAnswer(.unhealthy, "connection refused"), isFinal: false)
                : (NodeAnswer(.healthy, "connected"), isFinal: true)
        }
        #expect(asked.withLock(\.self) == ["::1", "127.0.0.1"])
        #expect(answer.result == .healthy)
    }

    @Test("a name that is not found is the probe's trouble, not the service's")
    func notFound() async throws {
        let lookup = try #require(HostLookup("db") { _ in .failure(.notResolved) })
        let answer = await lookup.ask(within: .seconds(60), now: { .zero }) { _, _ in
            (NodeAnswer(.healthy, "asked"), isFinal: true)
        }
        #expect(answer == NodeAnswer(.unknown, "name not resolved"))
    }
}
