import Kernel
import Testing

@Suite("What a packet aim steers into netem", .timeLimit(.minutes(3)))
struct PacketAimTests {
    init() throws { try Machine.require() }

    /// A way to send one packet over the loopback interface.
    private enum Way: String, CaseIterable {
        case udp4, udp6, tcp4, tcp6
    }

    /// One flow of each kind, all to ports of their own.
    private struct Flows {
        let datagrams = try? (DatagramFlow(), DatagramFlow(to: "::1"))
        let streams = try? (Flow(), Flow(to: "::1"))

        func port(_ way: Way) throws -> UInt16 {
            let (datagrams, streams) = (try #require(datagrams), try #require(streams))
            return switch way {
            case .udp4: datagrams.0.port
            case .udp6: datagrams.1.port
            case .tcp4: streams.0.port
            case .tcp6: streams.1.port
            }
        }

        func send(_ way: Way) throws {
            let (datagrams, streams) = (try #require(datagrams), try #require(streams))
            switch way {
            case .udp4: _ = try datagrams.0.exchange(1, quiet: .milliseconds(50))
            case .udp6: _ = try datagrams.1.exchange(1, quiet: .milliseconds(50))
            case .tcp4: _ = try streams.0.transit()
            case .tcp6: _ = try streams.1.transit()
            }
        }
    }

    /// The ways whose packets netem has seen under an aim.
    private func steered(
        by aims: [PacketAim], _ flows: Flows, _ steering: any Steering
    ) throws -> Set<Way> {
        var netem = PortNetem(
            interface: try NetworkInterface.index(of: "lo"), aims: aims,
            parameters: NetemParameters())
        netem.steering = steering
        let before = try netem.snapshot()
        try netem.install()
        #expect(try netem.readBack().differences == [])
        var steered: Set<Way> = []
        for way in Way.allCases {
            let count = try #require(try netem.statistics()).packets
            try flows.send(way)
            if try #require(try netem.statistics()).packets > count { steered.insert(way) }
        }
        try netem.unsteer()
        let count = try #require(try netem.statistics()).packets
        for way in Way.allCases { try flows.send(way) }
        #expect(try netem.statistics()?.packets == count, "unsteered: \(aims)")
        try netem.remove()
        #expect(try netem.snapshot() == before)
        return steered
    }

    @Test(
        "Protocol, port and address each narrow it, for both versions of IP",
        arguments: [FilterSteering(), NftablesSteering(table: "fd-aims")] as [any Steering])
    func aims(steering: any Steering) throws {
        let flows = Flows()
        let every: ClosedRange<UInt16> = 1...65535
        let four = try #require(AddressRange("127.0.0.1"))
        let six = try #require(AddressRange("::1"))
        let elsewhere = try #require(AddressRange("10.1.0.0/16"))
        var expectations: [(PacketAim, Set<Way>)] = [
            (PacketAim(destinationPorts: every), [.tcp4, .tcp6]),
            (PacketAim(transport: .udp, destinationPorts: every), [.udp4, .udp6]),
            (PacketAim(transport: nil, destination: four), [.udp4, .tcp4]),
            (PacketAim(transport: nil, source: six), [.udp6, .tcp6]),
            (PacketAim(transport: nil, destination: elsewhere), []),
            (PacketAim(transport: .udp, source: six, destinationPorts: every), [.udp6]),
            (PacketAim(source: four, destination: four), [.tcp4]),
        ]
        for way in Way.allCases {
            let port = try flows.port(way)
            let isDatagram = way == .udp4 || way == .udp6
            let aim = PacketAim(transport: isDatagram ? .udp : .tcp, destinationPorts: port...port)
            expectations.append((aim, [way]))
        }
        for (aim, expected) in expectations {
            #expect(try steered(by: [aim], flows, steering) == expected, "\(aim), \(steering.name)")
        }
        let ports = (try flows.port(.udp4), try flows.port(.tcp6))
        let both = [
            PacketAim(transport: .udp, destinationPorts: ports.0...ports.0),
            PacketAim(destinationPorts: ports.1...ports.1),
        ]
        #expect(try steered(by: both, flows, steering) == [.udp4, .tcp6])
    }

    @Test("A range of ports is hit from its first to its last, and not beside", arguments: 0..<12)
    func ranges(place: Int) throws {
        let flow = try DatagramFlow()
        // Ranges of 1 to 3000 ports that end at the flow's port, begin there, or just miss it.
        let width = [UInt16(0), 6, 511, 2999][place / 3]
        let low = [flow.port, flow.port - width, flow.port + 1][place % 3]
        let ports = low...(low + width)
        let netem = PortNetem(
            interface: try NetworkInterface.index(of: "lo"),
            aims: [PacketAim(transport: .udp, destinationPorts: ports)],
            parameters: NetemParameters(loss: 1))
        try netem.install()
        let arrived = try flow.exchange(3, quiet: .milliseconds(200))
        try netem.remove()
        #expect(arrived.isEmpty == ports.contains(flow.port), "\(ports) and port \(flow.port)")
    }
}
