import Kernel
import Testing

/// What was there before netem comes back; hosts without netem test the rest of it.
@Suite("The queueing before netem", .serialized, .timeLimit(.minutes(4)))
struct PriorTreeTests {
    init() throws { try Machine.require() }

    @Test(
        "comes back byte for byte",
        arguments: [
            "true",
            "tc qdisc add dev lo root handle 8001: pfifo_fast",
            "tc qdisc add dev lo root handle 5: tbf rate 8mbit burst 5k limit 90000",
            "tc qdisc add dev lo root handle 6: fq_codel limit 1200 target 3ms interval 70ms",
            "tc qdisc add dev lo root handle 6: fq_codel; tc qdisc change dev lo root fq_codel"
                + " ce_threshold 1ms memory_limit 4mb noecn",
            "tc qdisc add dev lo root handle 7: fq limit 5000 maxrate 1gbit",
            "tc qdisc add dev lo root handle 8: codel target 2ms",
            """
            tc qdisc add dev lo root handle 9: prio bands 5 priomap 4 4 3 3 2 2 1 1 0 0 0 0 0 0 0 0
            tc qdisc add dev lo parent 9:3 handle 93: fq_codel
            tc filter add dev lo parent 9: protocol ip prio 3 handle 7 fw flowid 9:2
            tc filter add dev lo parent 9: protocol all prio 9 matchall flowid 9:5
            """,
            """
            tc qdisc add dev lo root handle 1: htb default 20
            tc class add dev lo parent 1: classid 1:1 htb rate 800mbit
            tc class add dev lo parent 1:1 classid 1:10 htb rate 300mbit ceil 500mbit
            tc class add dev lo parent 1:1 classid 1:20 htb rate 200mbit prio 2
            tc qdisc add dev lo parent 1:20 handle 20: fq_codel
            tc filter add dev lo parent 1: protocol ip prio 4 u32 match ip dport 25 0xffff flowid 1:10
            tc filter add dev lo parent 1: protocol ipv6 prio 5 u32 match ip6 dport 25 0xffff \
                flowid 1:10
            tc filter add dev lo parent 1: protocol ip prio 6 handle 3 fw classid 1:20
            tc filter add dev lo parent 1: protocol ip prio 7 basic match 'u32(u32 1 1 at 0)' \
                flowid 1:10
            """,
        ])
    func returns(script: String) async throws {
        let link = try await Link.make(.loopback)
        try await shell("set -e\n" + script)
        let (aimed, other) = (try link.flow(), try link.flow())
        let netem = link.netem(aimed.port, NetemParameters(delay: .milliseconds(400)))
        let prior = try netem.snapshot()
        try netem.install(over: prior)
        #expect(try netem.readBack().differences == [])
        let during = try netem.tree()
        let kept = Set(during.qdiscs.map(\.handle) + during.classes.map(\.handle))
        let handles = prior.qdiscs.map(\.handle) + prior.classes.map(\.handle)
        #expect(Set(handles).subtracting([0]).isSubset(of: kept))
        #expect(try aimed.median() >= .milliseconds(400))
        #expect(try other.median() < .milliseconds(400))
        try netem.unsteer()
        #expect(try await eventually { try netem.statistics()?.queued == 0 })
        #expect(try netem.remove(restoring: prior) == .same)
        #expect(try netem.tree() == prior)
        try await shell("tc qdisc del dev lo root 2>/dev/null || true")
        await link.remove()
    }

    @Test("is refused where it is somebody's netem, whose distribution nobody can read")
    func netem() async throws {
        let link = try await Link.make(.loopback)
        try await shell("tc qdisc add dev lo root handle 1: netem delay 1ms 1ms")
        let netem = link.netem(7001, NetemParameters(delay: .milliseconds(1)))
        let before = try netem.tree()
        #expect { try netem.install() } throws: { "\($0)".contains("netem 1: root") }
        #expect(try netem.tree() == before)
        try await shell("tc qdisc del dev lo root")
        await link.remove()
    }
}
