import Glibc
import Testing

@testable import Kernel

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

@Suite("What was on an interface before a fault", .timeLimit(.minutes(2)))
struct PriorTreeTests {
    /// A tree of somebody's, in tc's words, and what must be on the interface for it.
    struct Tree: Sendable, CustomTestStringConvertible {
        var name: String
        var script: String
        var parts: Int

        var testDescription: String { name }

        static let all = [
            Tree(name: "nothing", script: "true", parts: 1),
            Tree(
                name: "pfifo", script: "tc qdisc add dev lo root handle 5: pfifo limit 77",
                parts: 1),
            Tree(
                name: "tbf",
                script:
                    "tc qdisc add dev lo root handle 8003: tbf rate 1mbit burst 1600 limit 9000",
                parts: 1),
            Tree(
                name: "a fast tbf with a peak and a queue of its own",
                script: """
                    tc qdisc add dev lo root handle 7: tbf rate 9gbit burst 2mb latency 50ms \
                        peakrate 20gbit mtu 66000
                    tc qdisc add dev lo parent 7:1 handle 70: bfifo limit 123456
                    """, parts: 2),
            Tree(name: "htb without classes", script: "tc qdisc add dev lo root htb", parts: 1),
            Tree(
                name: "htb with classes and filters",
                script: """
                    tc qdisc add dev lo root handle 1: htb default 20 r2q 40
                    tc class add dev lo parent 1: classid 1:1 htb rate 100mbit ceil 50gbit
                    tc class add dev lo parent 1:1 classid 1:10 htb rate 1mbit prio 3 quantum 3000
                    tc class add dev lo parent 1:1 classid 1:20 htb rate 7mbit burst 40k
                    tc class add dev lo parent 1: classid 1:30 htb rate 50gbit
                    tc qdisc add dev lo parent 1:10 handle 10: pfifo limit 5
                    tc qdisc add dev lo parent 1:20 handle 20: htb default 1
                    tc class add dev lo parent 20: classid 20:1 htb rate 3mbit
                    tc qdisc add dev lo parent 20:1 tbf rate 1mbit burst 5k latency 1s
                    tc filter add dev lo parent 1: protocol ip prio 7 u32 \
                        match ip dport 80 0xffff match ip src 10.0.0.0/8 flowid 1:10
                    tc filter add dev lo parent 1: protocol ipv6 prio 8 u32 \
                        match ip6 dport 80 0xffff flowid 1:20
                    tc filter add dev lo parent 1: protocol ip prio 7 u32 \
                        match ip tos 0x10 0xff flowid 1:30
                    tc filter add dev lo parent 20: protocol all prio 2 u32 \
                        match u32 0 0 flowid 20:1
                    """, parts: 17),
            Tree(
                name: "u32 with hash tables",
                script: """
                    tc qdisc add dev lo root handle 1: htb
                    tc class add dev lo parent 1: classid 1:4 htb rate 1mbit
                    tc filter add dev lo parent 1: protocol ip prio 5 handle 2: u32 divisor 256
                    tc filter add dev lo parent 1: protocol ip prio 5 handle 2:50:3 u32 \
                        ht 2:50: match ip src 10.1.2.80 flowid 1:4
                    tc filter add dev lo parent 1: protocol ip prio 5 u32 ht 800:: \
                        match ip src 10.1.0.0/16 link 2: hashkey mask 0xff at 12
                    """, parts: 7),
        ]
    }

    @Test("comes back byte for byte, and works on beside the fault", arguments: Tree.all)
    func returns(tree: Tree) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run("set -e\n" + tree.script) == 0)
        let inside = namespace.descriptor.number
        let socket = try NetlinkSocket(namespace: inside)
        let before = try socket.tree(ofInterface: loopback)
        #expect(before.qdiscs.count + before.classes.count + before.filters.count >= tree.parts)

        let fault = Self.fault(in: inside)
        let prior = try fault.snapshot()
        #expect(prior == before)
        try fault.install(over: prior)
        #expect(try fault.differences() == [])
        let during = try socket.tree(ofInterface: loopback)
        #expect(during.root?.handle == PortNetem.handle)
        // All of it is beneath ours.
        let kept = during.qdiscs.map(\.handle) + during.classes.map(\.handle)
        #expect(Set(before.classes.map(\.handle)).isSubset(of: kept))
        #expect(Set(before.qdiscs.map(\.handle)).subtracting([0]).isSubset(of: kept))
        #expect(during.filters.filter { $0.parent != PortNetem.handle } == before.filters)

        #expect(try fault.remove(restoring: prior) == .same)
        #expect(try socket.tree(ofInterface: loopback) == before)
        #expect(try fault.remove(restoring: prior) == .same)
        #expect(try socket.tree(ofInterface: loopback) == before)
        await namespace.remove()
    }

    @Test("comes back from whatever state a death has left", arguments: Tree.all)
    func anyState(tree: Tree) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run("set -e\n" + tree.script) == 0)
        let inside = namespace.descriptor.number
        let fault = Self.fault(in: inside)
        let prior = try fault.snapshot()
        let replacement = RootReplacement(
            interface: loopback, handle: PortNetem.handle, namespace: inside)
        let requests = prior.requests()
        for count in 0...requests.count {
            let socket = try NetlinkSocket(namespace: inside)
            if let root = try socket.rootQdisc(ofInterface: loopback), root.handle != 0 {
                try socket.deleteRootQdisc(ofInterface: loopback, handle: root.handle)
            }
            for request in requests.prefix(count) {
                try socket.request(request.message(interface: loopback), object: "\(count)")
            }
            #expect(try replacement.restore(prior) == .same, "after \(count) parts")
            #expect(try replacement.tree() == prior)
        }
        await namespace.remove()
    }

    @Test("keeps its bound on what the fault is not aimed at")
    func shelter() async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let script = "tc qdisc add dev lo root handle 5: tbf rate 400kbit burst 3000 limit 200000"
        try #require(try await namespace.run(script) == 0)
        let home: [UInt8] = [127, 0, 0, 1]
        let flow = try DatagramFlow(from: home, to: home, namespace: inside)
        let fault = Self.fault(in: inside)
        let prior = try fault.snapshot()
        try fault.install(over: prior)
        for number in 0..<UInt64(50) { _ = flow.send(number: number, bytes: 1000) }
        // 50 kB at 50 kB a second: the burst goes at once.
        #expect(flow.arrivals().count < 25)
        var arrived = 0
        for _ in 0..<1000 where arrived < 25 {
            try await Task.sleep(for: .milliseconds(5))
            arrived += flow.arrivals().count
        }
        #expect(arrived >= 25)
        #expect(try fault.statistics()?.packets == 0)
        #expect(try fault.remove(restoring: prior) == .same)
        await namespace.remove()
    }

    @Test(
        "is refused where it cannot be put back, and nothing is touched",
        arguments: [
            ("tc qdisc add dev lo root handle 3: stab overhead 24 linklayer atm pfifo", "pfifo 3:"),
            (
                """
                tc qdisc add dev lo root handle 1: htb
                tc filter add dev lo parent 1: prio 5 protocol ip u32 match u32 0 0 \
                    action mirred egress redirect dev lo
                """, "u32"
            ),
        ])
    func refusals(script: String, name: String) async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.run("set -e\n" + script) == 0)
        let fault = Self.fault(in: namespace.descriptor.number)
        let before = try fault.tree()
        #expect { try fault.snapshot() } throws: { "\($0)".contains(name) }
        #expect { try fault.install() } throws: { "\($0)".contains(name) }
        #expect(try fault.tree() == before)
        await namespace.remove()
    }

    @Test("is left alone where somebody has changed it since it was looked at, or afterwards")
    func changed() async throws {
        let namespace = try await NetworkNamespace.make()
        let fault = Self.fault(in: namespace.descriptor.number)
        let prior = try fault.snapshot()
        let change = "tc qdisc replace dev lo root handle 9: pfifo limit 3"
        try #require(try await namespace.run(change) == 0)
        #expect { try fault.install(over: prior) } throws: { "\($0)".contains("changed") }
        #expect(try fault.tree().root?.handle == 0x9_0000)
        guard case .different(let words) = try fault.remove(restoring: prior) else {
            Issue.record("a stranger's qdisc is no prior state")
            return
        }
        #expect(words.contains { $0.contains("pfifo 9: root") })
        #expect(try fault.tree().root?.handle == 0x9_0000)
        await namespace.remove()
    }

    @Test("a second drill on the interface is refused, and the first one's fault stays")
    func second() async throws {
        let namespace = try await NetworkNamespace.make()
        var first = Self.fault(in: namespace.descriptor.number)
        first.handle = PortNetem.handle(ofProcess: 4711)
        var second = first
        second.handle = PortNetem.handle(ofProcess: 4712)
        let prior = try first.snapshot()
        try first.install(over: prior)
        let during = try first.tree()
        #expect { try second.snapshot() } throws: { "\($0)".contains("another drill is at work") }
        #expect { try second.install(over: prior) } throws: { "\($0)".contains("changed it") }
        try second.remove(restoring: prior)
        #expect(try first.tree() == during)
        #expect(try first.remove(restoring: prior) == .same)
        await namespace.remove()
    }

    private static func fault(in namespace: Int32) -> TokenBucketTree {
        TokenBucketTree(
            interface: loopback,
            aims: [PacketAim(transport: .udp, destinationPorts: 7001...7001)], rate: 100_000,
            namespace: namespace)
    }
}
