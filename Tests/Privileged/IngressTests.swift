// Tests that need root.
import Glibc
import Testing
import Undo

@testable import Kernel

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

@Suite("What comes in, led through an ifb in a namespace of its own", .timeLimit(.minutes(2)))
struct IngressTests {
    private static let home: [UInt8] = [127, 0, 0, 1]

    private func redirect(
        _ namespace: NetworkNamespace, port: UInt16
    ) -> IngressRedirect {
        IngressRedirect(
            interface: loopback,
            aims: [
                PacketAim(
                    transport: .udp, source: AddressRange("127.0.0.0/8"),
                    destinationPorts: port...port)
            ],
            device: IngressRedirect.device(ofProcess: getpid(), interface: loopback),
            namespace: namespace.descriptor.number)
    }

    private func arrivals(_ flow: DatagramFlow, _ count: Int) async throws -> Int {
        var found = 0
        for _ in 0..<1000 where found < count {
            found += flow.arrivals().count
            if found < count { try await Task.sleep(for: .milliseconds(5)) }
        }
        return found
    }

    @Test("is the aimed packets alone, and they arrive behind its qdiscs")
    func aimed() async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let aimed = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let beside = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let redirect = redirect(namespace, port: aimed.destination.port)
        try redirect.check()
        let device = try redirect.open()
        // The aims hold on the ifb as they do on the interface.
        let tree = TokenBucketTree(
            interface: device, aims: redirect.aims, rate: 1_000_000, namespace: inside)
        try tree.install()
        try redirect.steer()
        #expect(try redirect.differences() == [])
        for number in 0..<UInt64(5) {
            #expect(aimed.send(number: number, bytes: 100) != nil)
            #expect(beside.send(number: number, bytes: 100) != nil)
        }
        #expect(try await arrivals(aimed, 5) == 5)
        #expect(try await arrivals(beside, 5) == 5)
        #expect(try redirect.count() == 5)
        #expect(try tree.statistics()?.packets == 5)
        try redirect.unsteer()
        #expect(aimed.send(number: 9, bytes: 100) != nil)
        #expect(try await arrivals(aimed, 1) == 1)
        #expect(try tree.statistics()?.packets == 5)
        #expect(try redirect.remove() == [])
        try redirect.check()
        #expect(try await namespace.run("! ip link show type ifb | grep -q .") == 0)
        await namespace.remove()
    }

    @Test("is taken out from every state that a death may leave, by its name")
    func deaths() async throws {
        let namespace = try await NetworkNamespace.make()
        let redirect = redirect(namespace, port: 9)
        let states: [(String, () throws -> Void)] = [
            ("nothing", {}), ("an ifb", { _ = try redirect.open() }),
            (
                "all of it",
                {
                    _ = try redirect.open()
                    try redirect.steer()
                }
            ),
        ]
        for (name, make) in states {
            try make()
            for _ in 1...2 { #expect(try redirect.remove() == [], "\(name)") }
            try redirect.check()
        }
        // Ours, whose filters somebody has deleted, goes; somebody's empty one in its place stays.
        _ = try redirect.open()
        try redirect.steer()
        #expect(try await namespace.run("tc filter del dev lo ingress") == 0)
        #expect(try redirect.remove() == [])
        try redirect.check()
        _ = try redirect.open()
        #expect(try await namespace.run("tc qdisc add dev lo ingress") == 0)
        #expect(try redirect.remove() == [])
        #expect(try await namespace.run("tc qdisc show dev lo | grep -q ingress") == 0)
        await namespace.remove()
    }

    @Test("is refused where somebody looks at what comes in, and leaves filters of others alone")
    func foreign() async throws {
        let namespace = try await NetworkNamespace.make()
        let redirect = redirect(namespace, port: 9)
        for kind in ["ingress", "clsact"] {
            #expect(try await namespace.run("tc qdisc add dev lo \(kind)") == 0)
            let refusal = #expect(throws: KernelError.self) { try redirect.check() }
            #expect(refusal.map { "\($0)".contains(kind) } == true)
            _ = try redirect.open()
            #expect(throws: KernelError.self) { try redirect.steer() }
            #expect(try await namespace.run("tc qdisc show dev lo | grep -q \(kind)") == 0)
            // Its ifb had no part in the other one's qdisc.
            #expect(
                try await namespace.run(
                    "tc filter add dev lo ingress protocol ip prio 9 u32 match u32 0 0 flowid 1:1")
                    == 0)
            #expect(try redirect.remove() == [])
            #expect(try await namespace.run("tc filter show dev lo ingress | grep -q flowid") == 0)
            #expect(try await namespace.run("tc qdisc del dev lo \(kind)") == 0)
        }
        _ = try redirect.open()
        try redirect.steer()
        #expect(
            try await namespace.run(
                "tc filter add dev lo ingress protocol ip prio 9 u32 match u32 0 0 flowid 1:1")
                == 0)
        #expect(try redirect.remove() == [])
        #expect(try await namespace.run("tc filter show dev lo ingress | grep -q flowid") == 0)
        #expect(try await namespace.run("! tc filter show dev lo ingress | grep -q mirred") == 0)
        await namespace.remove()
    }

    @Test("the kernel is asked for an ifb without making one where anybody is")
    func capability() throws {
        #expect(try IngressRedirect.capability().presence == .present)
    }

    @Test("trial frames pass the class of their priority, and are seen when they leave")
    func frames() async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let redirect = redirect(namespace, port: 9)
        for interface in [loopback, try redirect.open()] {
            let tree = TokenBucketTree(
                interface: interface, aims: redirect.aims, rate: 1_000_000, namespace: inside)
            try tree.install()
            let aimed = try FrameSocket(
                interface: interface, priority: tree.handle | 1, namespace: inside)
            let beside = try FrameSocket(interface: interface, namespace: inside)
            for number in 0..<UInt8(5) {
                #expect(try aimed.send([number, 1]))
                #expect(try beside.send([number, 2]))
            }
            #expect(try tree.statistics()?.packets == 5)
            for (socket, tag) in [(aimed, UInt8(1)), (beside, 2)] {
                var seen: [[UInt8]] = []
                for _ in 0..<1000 where seen.count < 5 {
                    while let bytes = try socket.receive() { seen.append(bytes) }
                    if seen.count < 5 { try await Task.sleep(for: .milliseconds(5)) }
                }
                #expect(seen.map { Array($0.prefix(2)) } == (0..<5).map { [$0, tag] })
            }
            try tree.remove()
        }
        #expect(try redirect.remove() == [])
        await namespace.remove()
    }
}
