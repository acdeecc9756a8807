import Glibc
import Kernel
import Testing

@Suite("Interfaces that carry the default route (needs root)", .timeLimit(.minutes(1)))
struct DefaultRouteCarrierTests {
    private static let pair = """
        set -e
        ip link add near type veth peer name far; ip link set near up; ip link set far up
        ip addr add 10.99.0.1/24 dev near

        """

    @Test(
        "are found, however the route leads over them",
        arguments: [
            (pair + "ip route add default via 10.99.0.2", ["near", "far"]),
            (
                pair + "for half in 0.0.0.0 128.0.0.0; do ip route add $half/1 dev near; done",
                ["near", "far"]
            ),
            (pair + "ip route add default via 10.99.0.2 table 100", ["near", "far"]),
            (
                pair + "ip rule add to 8.8.8.0/24 table 7; ip route add 8.8.8.8 dev near table 7",
                ["near", "far"]
            ),
            (pair + "ip -6 route add default dev near", ["near", "far"]),
            (pair + "ip route add 10.0.0.0/8 via 10.99.0.2", []),
            (pair + "ip route add 224.0.0.0/4 dev near", []),
            (pair + "ip route add blackhole default", []),
            (
                """
                set -e
                ip link add near type veth peer name far; ip link add br0 type bridge
                ip link set near master br0; ip link set near up; ip link set br0 up
                ip addr add 10.99.0.1/24 dev br0; ip route add default via 10.99.0.2
                """, ["br0", "near", "far"]
            ),
            (
                pair
                    + """
                    ip link add link near name above type macvlan; ip link set above up
                    ip -6 route add default dev above
                    """, ["above", "near", "far"]
            ),
            (
                pair
                    + """
                    ip link add link near name above type macvlan; ip link set above up
                    ip route add default via 10.99.0.2
                    """, ["near", "far"]
            ),
        ] as [(String, Set<String>)])
    func carriers(script: String, names: Set<String>) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run(script) == 0)
        let found = try NamedNetworkNamespace(path: "/proc/\(namespace.process)/ns/net").inside {
            NetworkInterface.ofDefaultRoutes
        }
        await namespace.remove()
        #expect(found == names)
    }
}
