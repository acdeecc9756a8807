import Playbooks
import Testing

@testable import Drills

@Suite("Faults that cannot be had at once")
struct FaultConflictTests {
    private static func fault(
        _ kind: String, _ selector: Selector = Selector(role: "primary"), signal: String? = nil,
        line: Int = 0
    ) -> Step {
        .fault(
            FaultStep(
                kind: kind, selector: selector,
                arguments: Arguments(signal.map { ["signal": .string($0)] } ?? [:]), line: line))
    }

    @Test(
        "one that ends a node's process is refused beside one that needs it, whichever comes first",
        arguments: [
            ("process.crash_loop", "disk.read_only", "takes no writes"),
            ("disk.read_only", "power.loss", "takes no writes"),
            ("disk.corrupt", "clock.skew", "clock along"),
            ("disk.slow", "process.kill", "slowed down"),
            ("process.crash_loop", "process.limit", "usual limits"),
        ])
    func refused(first: String, second: String, reason: String) {
        let problems = FaultConflicts(method: [
            .parallel([Self.fault(first, line: 4), Self.fault(second, line: 9)])
        ]).problems
        #expect(problems.map(\.line) == [9])
        #expect(problems.first?.message.contains(reason) == true, "\(problems)")
        #expect(problems.first?.message.contains("line 4") == true, "\(problems)")
    }

    @Test(
        "a signal counts by what it does, however it is written",
        arguments: [
            ("STOP", 0), ("SIGSTOP", 0), ("SIGTSTP", 0), ("USR1", 0), ("SIGTERM", 1), ("KILL", 1),
        ])
    func signals(signal: String, count: Int) {
        let problems = FaultConflicts(method: [
            .parallel([
                Self.fault("process.limit"), Self.fault("process.kill", signal: signal),
            ])
        ]).problems
        #expect(problems.count == count, "\(problems)")
    }

    private static let lossy = Selector(packets: PacketSelector(interface: "eth1", port: 1))
    private static let link = Selector(
        link: Selector.Link(source: "clients", destination: "primary"))

    @Test(
        "two that queue what goes over one interface are refused, by its name",
        arguments: [
            (fault("network.shape", lossy, line: 4), fault("network.rate", lossy, line: 9), "eth1"),
            (fault("network.shape", link, line: 4), fault("network.rate", link, line: 9), "lo"),
            (
                fault("network.rate", link, line: 4),
                fault(
                    "network.shape",
                    Selector(
                        packets: PacketSelector(
                            interface: "lo", port: 7, namespace: "/proc/thread-self/ns/net")),
                    line: 9), "lo in /proc/thread-self/ns/net, egress"
            ),
            (
                fault("network.delay", lossy, line: 4),
                fault(
                    "network.rate",
                    Selector(
                        packets: PacketSelector(interface: "eth1", port: 7, direction: .both)),
                    line: 9), "eth1, egress"
            ),
        ])
    func queueing(first: Step, second: Step, place: String) {
        let problems = FaultConflicts(method: [.parallel([first, second])]).problems
        #expect(problems.map(\.line) == [9])
        #expect(problems.first?.message.contains(place) == true, "\(problems)")
        #expect(problems.first?.message.contains("line 4") == true, "\(problems)")
        #expect(problems.first?.message.contains("proxy") == false, "\(problems)")
    }

    @Test("two that queue on other interfaces or other ways, or by the proxy, are had")
    func queueingApart() {
        let ingress = Selector(
            packets: PacketSelector(interface: "eth1", port: 1, direction: .ingress))
        let elsewhere = Selector(
            packets: PacketSelector(interface: "eth1", port: 1, namespace: "/run/netns/a"))
        let first = Self.fault("network.shape", Self.lossy)
        for second in [
            Self.fault("network.rate", ingress), Self.fault("network.rate", elsewhere),
            Self.fault("network.rate", Self.link), Self.fault("network.blackhole", Self.lossy),
        ] {
            #expect(FaultConflicts(method: [.parallel([first, second])]).problems.isEmpty)
        }
        let delay = Self.fault("network.delay", Self.link)
        let rate = Self.fault("network.rate", Self.link)
        #expect(FaultConflicts(method: [.parallel([rate, delay])]).problems.isEmpty)
    }

    @Test(
        "a monotonic clock needs restarts, which the wall clock of the same node does not outlive")
    func monotonicClock() {
        func skew(_ clock: String?, line: Int, on node: String = "a") -> Step {
            .fault(
                FaultStep(
                    kind: "clock.skew", selector: Selector(node: node),
                    arguments: Arguments(clock.map { ["clock": .string($0)] } ?? [:]), line: line))
        }
        for other in [skew(nil, line: 9), skew("wall", line: 9), skew("monotonic", line: 9)] {
            let method = [Step.parallel([skew("monotonic", line: 4), other])]
            #expect(FaultConflicts(method: method).problems.map(\.line) == [9])
        }
        let kill = Self.fault("process.kill", Selector(node: "a"), line: 9)
        for (first, count) in [(skew("monotonic", line: 4), 1), (skew("wall", line: 4), 1)] {
            let problems = FaultConflicts(method: [.parallel([first, kill])]).problems
            #expect(problems.count == count)
        }
        let slow = Self.fault("disk.slow", Selector(node: "a"), line: 9)
        let parallel = { FaultConflicts(method: [.parallel([$0, slow])]).problems.map(\.message) }
        #expect(parallel(skew("monotonic", line: 4)).first?.contains("slowed down") == true)
        #expect(parallel(skew("wall", line: 4)).isEmpty)
        #expect(parallel(skew("monotonic", line: 4, on: "b")).isEmpty)
    }

    @Test("after each other, on other nodes, or beside a pause they are had")
    func allowed() {
        let (first, second) = ("process.crash_loop", "disk.read_only")
        let methods: [[Step]] = [
            [Self.fault(first), Self.fault(second)],
            [.parallel([Self.fault(first), Self.fault(second, Selector(role: "standby"))])],
            [
                .parallel([
                    Self.fault(first, Selector(node: "a")),
                    Self.fault(second, Selector(node: "b")),
                ])
            ],
            [.parallel([Self.fault("process.kill", signal: "STOP"), Self.fault(second)])],
            [
                .parallel([
                    Self.fault(first, Selector(role: "any")),
                    Self.fault(second, Selector(role: "any")),
                ])
            ],
            [.parallel([Self.fault("network.delay"), Self.fault(second)])],
        ]
        for method in methods { #expect(FaultConflicts(method: method).problems.isEmpty) }
    }
}
