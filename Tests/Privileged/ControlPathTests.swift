import Glibc
import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("Sessions over ssh beside a fault (needs root)", .serialized, .timeLimit(.minutes(2)))
struct ControlPathTests {
    private static let near: UInt32 = 0x0a5b_0001
    private static let kinds: [(String, [String: ArgumentValue])] = [
        ("network.blackhole", [:]),
        ("network.partition", ["to": .list([.string("others")])]),
        ("network.refuse", [:]),
    ]

    @Test("begin and go on while everything else is cut", arguments: kinds)
    func begin(kind: String, arguments: [String: ArgumentValue]) async throws {
        let here = try await NetworkNamespace.make()
        let there = try await NetworkNamespace.make()
        try #require(
            try await here.run(
                "ip link add near type veth peer name far netns /proc/\(there.process)/ns/net; "
                    + "ip addr add 10.91.0.1/24 dev near; ip link set near up") == 0)
        try #require(
            try await there.run("ip addr add 10.91.0.2/24 dev far; ip link set far up") == 0)
        let ssh = try NamespaceSocket.listener(in: here, at: Self.near, port: 22)
        let other = try NamespaceSocket.listener(in: here, at: Self.near, port: 9000)
        let path = "/proc/self/fd/\(here.descriptor.number)"
        let life = InterfaceLife(
            kind: kind,
            packets: PacketSelector(
                interface: "near", peers: ["0.0.0.0/0"], transport: .tcp,
                direction: kind == "network.blackhole" ? .both : .egress, namespace: path),
            arguments: arguments, duration: .seconds(4))
        let (steps, told) = AsyncStream.makeStream(of: Event.Kind.self)
        async let record = life.run { told.yield($0.kind) }
        for await kind in steps where kind == .faultInjected || kind == .error { break }
        let session = try NamespaceSocket(SOCK_STREAM, in: there)
        #expect(session.connect(to: 22, at: Self.near, within: 1000) == 0)
        #expect(ssh.accept(within: 1000)?.sendByte() == 0)
        #expect(session.receivesByte(within: 1000))
        let stranger = try NamespaceSocket(SOCK_STREAM, in: there)
        #expect(stranger.connect(to: 9000, at: Self.near, within: 500) != 0)
        let outcome = try await record
        #expect(outcome.injection == .confirmed, "\(outcome.proof)")
        #expect(outcome.undo == .clean)
        withExtendedLifetime(other) {}
        await here.remove()
        await there.remove()
    }
}
