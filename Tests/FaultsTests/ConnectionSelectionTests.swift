import Kernel
import Testing

@testable import Faults

@Suite("Connections over an interface")
struct ConnectionSelectionTests {
    private static let addresses: [String: [[UInt8]]] = [
        "lo": [[127, 0, 0, 1]], "eth1": [[10, 0, 0, 5]], "eth2": [[10, 1, 0, 5]],
    ]

    /// What is aimed at: connections to port 5432 of 10.0.0.0/8.
    private static func contains(
        from local: [UInt8] = [10, 0, 0, 5], _ localPort: UInt16 = 40_000,
        to remote: [UInt8] = [10, 0, 0, 7], _ port: UInt16 = 5432,
        state: SocketTableEntry.State = .established, user: UInt32 = 7,
        aims: PacketAim = PacketAim(
            transport: .tcp, destination: AddressRange("10.0.0.0/8"), destinationPorts: 5432...5432,
            user: 7),
        over interface: String = "eth1"
    ) -> Bool {
        ConnectionSelection(aims: [aims], interface: interface, addresses: addresses).contains(
            SocketTableEntry(
                local: SocketEndpoint(address: local, port: localPort),
                remote: SocketEndpoint(address: remote, port: port), state: state, cookie: 1,
                user: user))
    }

    @Test("are those of the named addresses, port and user, from the interface's own address")
    func aimed() {
        #expect(Self.contains())
        #expect(!Self.contains(to: [11, 0, 0, 7]))
        #expect(!Self.contains(to: [10, 0, 0, 7], 5433))
        #expect(!Self.contains(user: 8))
        #expect(!Self.contains(from: [10, 1, 0, 5]))
        #expect(!Self.contains(over: "eth2"))
        #expect(!Self.contains(state: .listening))
        // An IPv4 address in IPv6's clothes is the same one.
        let prefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        #expect(Self.contains(from: prefix + [10, 0, 0, 5], to: prefix + [10, 0, 0, 7]))
    }

    @Test("what a host sends to itself stays on loopback")
    func within() {
        let any = PacketAim(transport: .tcp, destinationPorts: 5432...5432)
        #expect(!Self.contains(to: [10, 1, 0, 5], aims: any))
        #expect(Self.contains(to: [10, 1, 0, 5], aims: any, over: "lo"))
        #expect(Self.contains(from: [127, 0, 0, 1], to: [127, 0, 0, 2], aims: any, over: "lo"))
        #expect(!Self.contains(aims: any, over: "lo"))
    }

    @Test("a session over ssh is none of them")
    func control() {
        #expect(!Self.contains(from: [10, 0, 0, 5], 22))
    }
}
