import Glibc
import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("A fault whose interface vanishes (needs root)", .serialized, .timeLimit(.minutes(2)))
struct VanishingFaultTests {
    /// A name for a namespace, as `ip netns` gives it, that can be taken away.
    private struct Name {
        let path: String

        init(of namespace: NetworkNamespace) throws {
            var template = Array("/tmp/fd-namespace-XXXXXX".utf8CString)
            let directory = try #require(mkdtemp(&template))
            path = String(cString: directory) + "/red"
            try #require(symlink("/proc/self/fd/\(namespace.descriptor.number)", path) == 0)
        }

        func remove() {
            unlink(path)
            rmdir(String(path.dropLast("/red".count)))
        }
    }

    /// Runs a fault of ten minutes on `near`, and `act` when it is in.
    private func run(
        _ kind: String, _ namespace: NetworkNamespace, path: String,
        direction: PacketSelector.Direction, _ arguments: [String: ArgumentValue],
        act: @escaping @Sendable () async throws -> Void
    ) async throws -> (record: FaultRecord, took: Duration) {
        try #require(
            try await namespace.run(
                "ip link add near type veth peer name far; ip addr add 10.91.0.1/24 dev near; "
                    + "ip link set far up; ip link set near up") == 0)
        let life = InterfaceLife(
            kind: kind,
            packets: PacketSelector(
                interface: "near", peers: ["10.91.0.2"], port: 7001, transport: .udp,
                direction: direction, namespace: path),
            arguments: arguments, duration: .seconds(600))
        let (steps, told) = AsyncStream.makeStream(of: Event.Kind.self)
        let clock = ContinuousClock()
        let start = clock.now
        async let record = life.run { told.yield($0.kind) }
        for await kind in steps where kind == .faultInjected { break }
        try await Task.sleep(for: .milliseconds(300))
        try await act()
        return (try await record, clock.now - start)
    }

    private static let kinds: [(String, PacketSelector.Direction, [String: ArgumentValue])] = [
        ("network.blackhole", .egress, [:]),
        ("network.rate", .egress, ["bytes_per_second": .byteCount(ByteCount(100_000))]),
        ("network.rate", .both, ["bytes_per_second": .byteCount(ByteCount(100_000))]),
    ]

    @Test("ends at once, names the interface, and has nothing left to undo", arguments: kinds)
    func interface(
        kind: String, direction: PacketSelector.Direction, arguments: [String: ArgumentValue]
    ) async throws {
        let namespace = try await NetworkNamespace.make()
        let path = "/proc/self/fd/\(namespace.descriptor.number)"
        let (record, took) = try await run(
            kind, namespace, path: path, direction: direction, arguments
        ) {
            let code = try await namespace.run("ip link del near")
            #expect(code == 0)
        }
        #expect(took < .seconds(20), "\(took)")
        #expect(record.injection == .unproven)
        #expect(
            record.proof.hasPrefix("interface near in \(path) vanished after ")
                && record.proof.hasSuffix(" s"), "\(record.proof)")
        #expect(record.achieved.isEmpty)
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(try await namespace.run("! nft list ruleset | grep -q .") == 0)
        #expect(try await namespace.run("! ip link show type ifb | grep -q .") == 0)
        await namespace.remove()
    }

    @Test("ends when its namespace's name is gone, and is taken out of it all the same")
    func namespace() async throws {
        let namespace = try await NetworkNamespace.make()
        let name = try Name(of: namespace)
        let (record, took) = try await run(
            "network.rate", namespace, path: name.path, direction: .egress,
            ["bytes_per_second": .byteCount(ByteCount(100_000))]
        ) { name.remove() }
        #expect(took < .seconds(20), "\(took)")
        #expect(record.injection == .unproven)
        #expect(
            record.proof.hasPrefix("network namespace \(name.path) vanished after "),
            "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(try await namespace.run("! tc qdisc show dev near | grep -qv noqueue") == 0)
        await namespace.remove()
    }
}
