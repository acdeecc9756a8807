// Tests that need root.
import Glibc
import Testing

@testable import Kernel

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

@Suite("Steering in a namespace of its own", .timeLimit(.minutes(2)))
struct SteeringTests {
    private static let home: [UInt8] = [127, 0, 0, 1]

    @Test(
        "leads the packets of an aim into their class, and no others",
        arguments: [FilterSteering(), NftablesSteering(table: "fd-steering")] as [any Steering])
    func flows(steering: any Steering) async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let aimed = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let beside = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let port = aimed.destination.port
        var tree = TokenBucketTree(
            interface: loopback,
            aims: [
                PacketAim(
                    transport: .udp, destination: AddressRange("127.0.0.0/8"),
                    destinationPorts: port...port)
            ],
            rate: 1_000_000, namespace: inside)
        tree.steering = steering
        let before = try tree.snapshot()
        try tree.install()
        #expect(try tree.differences() == [])
        for number in 0..<UInt64(5) {
            #expect(aimed.send(number: number, bytes: 100) != nil)
            #expect(beside.send(number: number, bytes: 100) != nil)
        }
        #expect(try tree.statistics()?.packets == 5)
        if let table = steering as? NftablesSteering {
            #expect(try table.counts() == [PacketCount(packets: 5, bytes: 5 * 128)])
            #expect(try NftablesTable.exists(name: table.table, namespace: inside))
        }
        try tree.remove()
        #expect(try tree.snapshot() == before)
        for flow in [aimed, beside] { #expect(flow.send(number: 9, bytes: 100) != nil) }
        #expect(aimed.arrivals().count == 6)
        #expect(beside.arrivals().count == 6)
        #expect(try !NftablesTable.exists(name: "fd-steering", namespace: inside))
        await namespace.remove()
    }

    @Test("by nf_tables tells one user's packets from another's, over IPv4 and IPv6")
    func users() async throws {
        let namespace = try await NetworkNamespace.make()
        var tree = TokenBucketTree(
            interface: loopback, aims: [PacketAim(transport: .udp, user: 4711)], rate: 1_000_000,
            namespace: namespace.descriptor.number)
        tree.steering = NftablesSteering(table: "fd-users")
        try tree.install()
        func send(as user: Int, to address: String) async throws -> Int32? {
            try await namespace.run(
                "setpriv --reuid=\(user) --clear-groups "
                    + "bash -c 'echo hello >/dev/udp/\(address)/9'")
        }
        for address in ["127.0.0.1", "::1"] {
            #expect(try await send(as: 4712, to: address) == 0)
            #expect(try await send(as: 4711, to: address) == 0)
        }
        #expect(try tree.statistics()?.packets == 2)
        try tree.unsteer()
        #expect(try await send(as: 4711, to: "127.0.0.1") == 0)
        #expect(try tree.statistics()?.packets == 2)
        try tree.remove()
        await namespace.remove()
    }
}
