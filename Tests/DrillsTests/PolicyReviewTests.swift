import Playbooks
import Records
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

    @Test("Outside its hours a drill is refused")
    func hours() throws {
        var policy = HostPolicy()
        policy.hours = [try #require(DrillHours("MON 09:00-11:00"))]
        #expect(refused(policy) == ["policy hours"])
        policy.hours += [try #require(DrillHours("TUE 09:00-11:00"))]
        #expect(refused(policy) == [])
    }
}
