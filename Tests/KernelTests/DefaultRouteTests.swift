import Testing

@testable import Kernel

@Suite("Default routes")
struct DefaultRouteTests {
    @Test("The interfaces of default routes are found, and no others")
    func tables() {
        let v4 = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
            eth1\t00000000\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
            eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
            """
        #expect(NetworkInterface.defaultInterfaces(v4: v4) == ["eth0"])
        let zero = String(repeating: "0", count: 32)
        let v6 = """
            \(zero) 00 \(zero) 00 fe80\(zero.dropLast(4)) 00000400 00000001 00000000 00000003     wlan0
            fe80\(zero.dropLast(4)) 40 \(zero) 00 \(zero) 00000100 00000001 00000000 00000001     eth0
            \(zero) 00 \(zero) 00 \(zero) ffffffff 00000001 00000000 00200200       lo
            """
        #expect(NetworkInterface.defaultInterfaces(v6: v6) == ["wlan0", "lo"])
    }

    @Test(
        "lead over what carries their interface too, and over nothing beside it",
        arguments: [
            ("bond0.7", ["bond0.7", "bond0", "eth0", "eth1"]), ("eth0", ["eth0", "bond0"]),
            ("gre1", ["gre1", "eth2", "blue"]), ("eth2", ["eth2", "blue"]),
            ("br0", ["br0", "tap0", "tap1"]), ("tap0", ["tap0", "br0"]),
        ] as [(String, Set<String>)])
    func carriers(way: String, names: Set<String>) throws {
        let links: [HostRoutes.Link] = [
            .init(index: 1, name: "lo"),
            .init(index: 2, name: "eth0", master: 4), .init(index: 3, name: "eth1", master: 4),
            .init(index: 4, name: "bond0"), .init(index: 5, name: "bond0.7", lower: 4),
            .init(index: 6, name: "eth2", master: 11),
            .init(index: 7, name: "gre1", peer: [192, 0, 2, 7]),
            .init(index: 8, name: "br0"), .init(index: 9, name: "tap0", master: 8),
            .init(index: 10, name: "tap1", master: 8), .init(index: 11, name: "blue"),
        ]
        let index = try #require(links.first { $0.name == way }).index
        let routes = HostRoutes(
            links: links, ways: [1, index], lookUp: { $0 == [192, 0, 2, 7] ? 6 : nil })
        #expect(routes.names == names)
    }
}
