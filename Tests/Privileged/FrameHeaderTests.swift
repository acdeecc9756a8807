import Glibc
import Testing

@testable import Kernel

@Suite("Frames with headers (needs root)", .timeLimit(.minutes(1)))
struct FrameHeaderTests {
    @Test(
        "meet the rules that are for their port, and no others",
        arguments: [PacketAim.Transport.tcp, .udp])
    func rules(transport: PacketAim.Transport) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(
            try await namespace.run(
                "ip link add near type veth peer name far; ip link set far up; "
                    + "ip link set near up") == 0)
        let inside = namespace.descriptor.number
        let index = try NetworkNamespaces.inside(inside) { Int32(if_nametoindex("near")) }
        let table = try NftablesTable(
            name: "fd-headers",
            chains: [
                NftablesChain(
                    name: "cut", hook: .egress(interface: "near"),
                    rules: [
                        NftablesRule(
                            FlowMatch(
                                PacketAim(
                                    transport: transport, destination: AddressRange("10.91.0.2"),
                                    destinationPorts: 7001...7001)), .drop)
                    ])
            ], namespace: inside)
        for (port, arrive) in [(7001, 0), (7002, 5)] as [(UInt16, Int)] {
            let socket = try FrameSocket(
                interface: index,
                headers: FrameHeaders(
                    from: [192, 0, 2, 1], port: 49_151, to: [10, 91, 0, 2], port: port,
                    transport: transport, payload: 8), namespace: inside)
            for number in 0..<UInt8(5) { _ = try socket.send([number, 1, 2, 3]) }
            try await Task.sleep(for: .milliseconds(200))
            var seen: [[UInt8]] = []
            while let bytes = try socket.receive() { seen.append(bytes) }
            #expect(seen.count == arrive, "port \(port): \(seen)")
            #expect(seen.allSatisfy { $0.count == 4 && $0[1] == 1 })
        }
        #expect(try table.counts().first?.first?.packets == 5)
        table.close()
        await namespace.remove()
    }
}
