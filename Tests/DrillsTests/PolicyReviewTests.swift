import Faults
import Playbooks
import Records
import Systems
import Testing

@testable import Drills

@Suite("A playbook beside the host's policy")
struct PolicyReviewTests {
    private func refused(
        _ policy: HostPolicy, _ limits: Limits = Limits(), kind: String = "process.kill",
        duration: Duration = .seconds(60)
    ) -> [String] {
        PolicyReview(
            policy: policy,
            playbook: Playbook(
                name: "x", title: "x", hypothesis: "x", target: Target(kind: "none"),
                workload: Workload(producers: 0, consumers: 0),
                method: [.parallel([.fault(FaultStep(kind: kind))])], limits: limits),
            duration: duration, defaultInterfaces: ["eth0"], now: LocalTime(day: 2, minute: 600)
        ).decisions.filter { !$0.isAllowed }.map(\.rule)
    }

    @Test("The default policy refuses nothing but what the host lives on")
    func defaults() {
        let policy = HostPolicy()
        #expect(refused(policy) == [])
        #expect(refused(policy, Limits(interfaces: ["lo", "eth1"], paths: ["/mnt"])) == [])
        #expect(
            refused(policy, Limits(interfaces: ["eth0"], paths: ["/"]))
                == ["policy interface eth0", "policy path /"])
    }

    @Test("Limits wider than the policy are refused where they matter")
    func limits() {
        var policy = HostPolicy()
        policy.processes = 0
        policy.disk = ByteCount(10)
        policy.duration = .seconds(30)
        let wide = Limits(processes: 1, disk: ByteCount(11))
        #expect(
            refused(policy, wide) == ["policy limits.processes", "policy limits.duration"])
        #expect(
            refused(policy, wide, kind: "disk.fill", duration: .seconds(30))
                == ["policy limits.disk"])
    }

    @Test(
        "Every kind that touches processes is held against the policy's number of them",
        arguments: [
            ("disk.slow", true), ("disk.read_only", true), ("disk.corrupt", true),
            ("clock.skew", true), ("power.loss", true), ("disk.fill", false), ("cpu.load", false),
        ])
    func processes(kind: String, isHeld: Bool) {
        var policy = HostPolicy()
        policy.processes = 0
        let rules = refused(policy, Limits(processes: 1), kind: kind)
        #expect(rules == (isHeld ? ["policy limits.processes"] : []))
    }

    @Test("What the policy names and the host lacks is a warning, and refuses nothing")
    func warnings() {
        var policy = HostPolicy()
        policy.protectedUsers = ["nosuchuser", "0"]
        policy.protectedInterfaces = ["nosuch0", "eth0 in /run/netns/a"]
        policy.protectedPaths = ["/nowhere", "/"]
        #expect(
            policy.warnings == [
                "protect.users: this host has no user nosuchuser",
                "protect.interfaces: this host has no interface nosuch0",
                "protect.paths: this host has no path /nowhere",
            ])
        let review = PolicyReview(
            policy: policy,
            playbook: Playbook(
                name: "x", title: "x", hypothesis: "x", target: Target(kind: "none"),
                workload: Workload(producers: 0, consumers: 0), method: [], limits: Limits()),
            duration: .seconds(1), defaultInterfaces: [], now: LocalTime(day: 2, minute: 600),
            warnings: policy.warnings)
        let told = review.decisions.filter { $0.isWarning == true }
        #expect(told.count == 3 && told.allSatisfy(\.isAllowed))
    }

    @Test("More faults at a time, processors and memory than the policy allows are refused")
    func more() {
        var policy = HostPolicy()
        policy.faults = 0
        policy.cpu = Ratio(0.5)
        policy.memory = ByteCount(10)
        let wide = Limits(cpu: Ratio(0.6), memory: ByteCount(11))
        #expect(refused(policy, wide) == ["policy limits.faults"])
        policy.faults = 1
        #expect(refused(policy, wide, kind: "cpu.load") == ["policy limits.cpu"])
        #expect(refused(policy, wide, kind: "memory.pressure") == ["policy limits.memory"])
        let narrow = Limits(cpu: Ratio(0.5), memory: ByteCount(10))
        #expect(refused(policy, narrow, kind: "cpu.load") == [])
    }

    @Test(
        "What the nodes' own file systems hold counts, whatever faults there are",
        arguments: [
            ("ext4", ByteCount(127 << 20), nil, ["policy disk of the testbed"]),
            ("ext4", ByteCount(128 << 20), ByteCount(1), []),
            ("tmpfs", ByteCount(127 << 20), nil, ["policy disk of the testbed"]),
            ("tmpfs", nil, ByteCount(127 << 20), ["policy memory of the testbed"]),
            ("tmpfs", ByteCount(128 << 20), ByteCount(128 << 20), []),
            ("directory", ByteCount(1), ByteCount(1), []),
        ] as [(String, ByteCount?, ByteCount?, [String])])
    func storage(kind: String, disk: ByteCount?, memory: ByteCount?, rules: [String]) throws {
        var policy = HostPolicy()
        (policy.disk, policy.memory) = (disk, memory)
        let text =
            "playbook: p\nhypothesis: It works.\n"
            + "target: { kind: reference, nodes: 2, storage: { kind: \(kind), size: 64 MiB } }\n"
        let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
            Array(text.utf8), file: "p.yaml", name: "p", overrides: [:], environment: [:])
        func present(_ name: String) -> HostCapabilities.Capability {
            .init(name, isPresent: true, reason: "effective")
        }
        let plan = try PlanBuilder(
            playbook: playbook, seed: 1,
            host: HostCapabilities(
                netem: present("netem"), networkAdministration: present("CAP_NET_ADMIN"),
                systemAdministration: present("CAP_SYS_ADMIN"), nftables: present("nftables"),
                isRoot: true), policy: policy
        ).build()
        #expect(plan.limits.filter { !$0.isAllowed }.map(\.rule) == rules)
    }

    @Test("File systems of the nodes and what faults take of the host's own count together")
    func storageBesideFaults() {
        var policy = HostPolicy()
        policy.disk = ByteCount(100)
        let limits = Limits(disk: ByteCount(60), paths: ["/mnt"])
        func refused(_ mounted: Int64, _ limits: Limits) -> [String] {
            PolicyReview(
                policy: policy,
                playbook: Playbook(
                    name: "x", title: "x", hypothesis: "x", target: Target(kind: "none"),
                    workload: Workload(producers: 0, consumers: 0),
                    method: [.fault(FaultStep(kind: "disk.fill"))], limits: limits),
                duration: .seconds(1), defaultInterfaces: [], now: LocalTime(day: 2, minute: 600),
                storage: TestbedStorage(disk: ByteCount(mounted))
            ).decisions.filter { !$0.isAllowed }.map(\.rule)
        }
        #expect(refused(40, limits) == [])
        #expect(refused(41, limits) == ["policy disk of the testbed"])
        #expect(refused(.max, limits) == ["policy disk of the testbed"])
        #expect(refused(100, Limits(disk: ByteCount(60))) == [])
    }

    @Test("A drill that cannot end within the hours of both policies is refused")
    func end() throws {
        var (host, other) = (HostPolicy(), HostPolicy())
        host.hours = [try #require(DrillHours("00:00-24:00"))]
        other.hours = [try #require(DrillHours("SUN 03:00-03:01"))]
        #expect(refused(host.narrowed(by: other)) == ["policy hours"])
        #expect(refused(other.narrowed(by: host)) == ["policy hours"])
        other.hours = [try #require(DrillHours("TUE 09:00-10:05"))]
        let both = host.narrowed(by: other)
        #expect(refused(both, duration: .seconds(300)) == [])
        #expect(refused(both, duration: .seconds(301)) == ["policy hours"])
        // Spans that meet are one.
        other.hours.append(try #require(DrillHours("TUE 10:05-11:00")))
        #expect(refused(host.narrowed(by: other), duration: .seconds(301)) == [])
        #expect(refused(host, duration: .seconds(3_000_000)) == [])
    }

    @Test("Outside its hours a drill is refused")
    func hours() throws {
        var policy = HostPolicy()
        policy.hours = [try #require(DrillHours("MON 09:00-11:00"))]
        #expect(refused(policy) == ["policy hours"])
        policy.hours += [try #require(DrillHours("TUE 09:00-11:00"))]
        #expect(refused(policy) == [])
    }
}
