import Glibc
import Testing

@testable import Kernel

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

@Suite("Traffic control in a namespace of its own", .timeLimit(.minutes(2)))
struct TrafficControlTests {
    @Test("knows what tc knows of this kernel's netem, and leaves nothing either way")
    func netem() async throws {
        let namespace = try await NetworkNamespace.make()
        let capability = try PortNetem.capability(namespace: namespace.descriptor.number)
        let answer = try await namespace.run("tc qdisc add dev lo root netem delay 1ms 2>/dev/null")
        #expect(capability.isPresent == (answer == 0), "\(capability)")
        #expect(capability.reason.contains("sch_netem"))
        _ = try await namespace.run("tc qdisc del dev lo root 2>/dev/null")

        let netem = PortNetem(
            interface: loopback, ports: [7001],
            parameters: NetemParameters(delay: .milliseconds(50)),
            namespace: namespace.descriptor.number)
        let before = try netem.snapshot()
        if capability.isPresent {
            try netem.install()
            #expect(try netem.readBack().differences == [])
            #expect(try netem.statistics()?.packets == 0)
            #expect(throws: KernelError.self) { try netem.snapshot() }
            try netem.unsteer()
        } else {
            let error = #expect(throws: KernelError.self) { try netem.install() }
            #expect(error?.number == ENOENT)
            #expect(try !netem.readBack().differences.isEmpty)
        }
        try netem.remove()
        try netem.remove()
        #expect(try netem.snapshot() == before)
        await namespace.remove()
    }

    @Test("knows this kernel's netem also where the loopback interface is taken")
    func taken() async throws {
        let namespace = try await NetworkNamespace.make()
        let ask = {
            try NetworkNamespaces.inside(namespace.descriptor.number) {
                Result { try PortNetem.capability() }
            }.get()
        }
        let free = try ask()
        try #require(
            try await namespace.run("tc qdisc add dev lo root pfifo limit 10") == 0)
        #expect(try ask() == free)
        let direct = try PortNetem.capability(namespace: namespace.descriptor.number)
        #expect(direct.isPresent && direct.reason.contains("nothing speaks against it"))
        await namespace.remove()
    }

    @Test("puts a root qdisc in, sees it, and brings the kernel's default back exactly")
    func root() async throws {
        let namespace = try await NetworkNamespace.make()
        let netem = PortNetem(
            interface: loopback, ports: [], parameters: NetemParameters(),
            namespace: namespace.descriptor.number)
        let before = try netem.snapshot()
        try createPfifo(namespace)
        let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
        let root = try socket.rootQdisc(ofInterface: loopback)
        #expect(root?.description == "pfifo 4664: root")
        #expect(root?.options == nativeBytes(UInt32(77)))
        // Another handle is somebody else's.
        try socket.deleteRootQdisc(ofInterface: loopback, handle: 0x1234_0000)
        #expect(try socket.rootQdisc(ofInterface: loopback) == root)
        try socket.deleteRootQdisc(ofInterface: loopback, handle: PortNetem.handle)
        try socket.deleteRootQdisc(ofInterface: loopback, handle: PortNetem.handle)
        try socket.deleteRootQdisc(ofInterface: 9999, handle: PortNetem.handle)
        #expect(try netem.snapshot() == before)
        await namespace.remove()
    }

    @Test("steers packets to one port into a class, others not, and none once it is taken out")
    func filter() async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.addTwoClasses())
        let filters = PacketFilter.filters(
            for: PacketAim(destinationPorts: 7001...7001), interface: loopback,
            parent: 0x4664_0000, target: 0x4664_0004, priority: 1)
        let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
        for filter in filters { try socket.request(filter.message(), object: "filter") }
        // Nobody listens: each attempt is one packet to the port and one reset from it.
        let connect = { (port: Int, count: Int, host: String) in
            "for i in $(seq \(count)); do (: </dev/tcp/\(host)/\(port)) 2>/dev/null; done; true"
        }
        #expect(try await namespace.run(connect(7001, 3, "127.0.0.1")) == 0)
        #expect(try await namespace.run(connect(7002, 2, "127.0.0.1")) == 0)
        let steered = try socket.statistics(ofInterface: loopback)
        #expect(steered[0x0040_0000]?.packets == 3)
        // Three resets, and two attempts with their resets.
        #expect(steered[0x0050_0000]?.packets == 7)
        #expect(try await namespace.run(connect(7001, 2, "::1")) == 0)
        #expect(try socket.statistics(ofInterface: loopback)[0x0040_0000]?.packets == 5)
        try socket.request(
            PacketFilter.flush(interface: loopback, parent: 0x4664_0000), object: "filters")
        for host in ["127.0.0.1", "::1"] {
            #expect(try await namespace.run(connect(7001, 1, host)) == 0)
        }
        #expect(try socket.statistics(ofInterface: loopback)[0x0040_0000]?.packets == 5)
        await namespace.remove()
    }

    private func createPfifo(_ namespace: NetworkNamespace) throws {
        let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
        try socket.createQdisc(
            "pfifo", interface: loopback, handle: PortNetem.handle, parent: Qdisc.root
        ) { message throws(KernelError) in
            try message.put(2, nativeBytes(UInt32(77)))
        }
    }
}
