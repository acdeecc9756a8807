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
}
