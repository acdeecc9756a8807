public import Faults
import Glibc
import Kernel
public import Playbooks
public import Records
import Systems

/// Resolves a playbook to what a drill would touch, and touches nothing.
public struct PlanBuilder: Sendable {
    private let playbook: Playbook
    private let seed: UInt64
    private let host: HostCapabilities
    private let policy: HostPolicy
    private let state: HostState

    public init(
        playbook: Playbook, seed: UInt64, host: HostCapabilities, policy: HostPolicy = HostPolicy(),
        state: HostState = HostState()
    ) {
        self.state = state
        self.playbook = playbook
        self.seed = seed
        self.host = host
        self.policy = policy
    }

    /// Builds the plan; throws when a step can never work, with the playbook's line.
    public func build() throws -> Plan {
        let system = try SystemCatalogue.make(playbook.target)
        var planner = Planner(
            playbook: playbook, system: system, host: host,
            radius: BlastRadius.ofThisProcess(
                pid: getpid(), limits: playbook.limits, policy: policy, others: []),
            others: state.others)
        planner.add(playbook.steadyState)
        for step in playbook.method { planner.add(step) }
        let duration = planner.duration + holdings
        let review = PolicyReview(
            policy: policy, playbook: playbook, duration: duration,
            defaultInterfaces: NetworkInterface.ofDefaultRoutes,
            isSameInterface: InterfacePlace.areSame, now: LocalTime.now,
            disks: .ofThisHost, warnings: policy.warnings, storage: system.storage)
        let plan = Plan(
            playbook: playbook.name, seed: seed, steps: planner.steps,
            limits: boundaries(duration) + review.decisions + storageRefusals(system)
                + planner.decisions + state.decisions,
            testbed: system.plannedTestbed(), estimatedDuration: Nanoseconds(duration),
            workload: playbook.workload.isEmpty ? nil : playbook.workload)
        return try playbook.secrets.redacted(plan)
    }

    /// What the playbook allows itself, and what is never touched.
    private func boundaries(_ duration: Duration) -> [Plan.PlannedLimit] {
        let limits = playbook.limits
        func allowed(_ rule: String, _ reason: String) -> Plan.PlannedLimit {
            Plan.PlannedLimit(rule: rule, isAllowed: true, reason: reason)
        }
        let secrets =
            playbook.secrets.sources.isEmpty
            ? [] : [allowed("secrets", "\(playbook.secrets); none is written down")]
        return [
            allowed("processes", "at most \(limits.processes) may be hit"),
            allowed("disk", "at most \(limits.disk.text) may be filled"),
            allowed("cpu", "at most \(limits.cpu.text) of the processors' time may be taken"),
            allowed("memory", "at most \(limits.memory.text) may be taken"),
            Plan.PlannedLimit(
                rule: "duration", isAllowed: limits.duration.map { duration <= $0 } ?? true,
                reason: limits.duration.map {
                    "at most \($0.text), and the drill takes at least \(duration.text)"
                } ?? "as long as its phases take"),
        ] + faults + [
            allowed(
                "interfaces",
                limits.interfaces.isEmpty ? "none" : limits.interfaces.joined(separator: ", ")),
            allowed(
                "paths",
                (["the testbed's own file systems"] + limits.paths).joined(separator: ", ")),
            allowed(
                "never",
                "pid 1, the drill, its guardians and ancestors, the ssh service and its sessions, "
                    + "the file systems that the host lives on"),
        ] + secrets
    }

    private var faults: [Plan.PlannedLimit] {
        guard let most = playbook.limits.faults else { return [] }
        let together = Step.concurrency(of: playbook.method)
        return [
            Plan.PlannedLimit(
                rule: "faults", isAllowed: together <= most,
                reason: "at most \(most) at the same time, and the method has \(together)")
        ]
    }

    /// A testbed that could not be started is refused before anything of it is.
    private func storageRefusals(_ system: any SystemUnderTest) -> [Plan.PlannedLimit] {
        guard system.mountsFileSystems, !host.systemAdministration.isPresent else { return [] }
        return [
            Plan.PlannedLimit(
                rule: "line \(playbook.target.line), storage", isAllowed: false,
                reason: "file systems of the nodes' own need \(host.systemAdministration); "
                    + "or leave storage out of the target")
        ]
    }

    private var holdings: Duration {
        guard !playbook.workload.isEmpty else { return .zero }
        return playbook.timing.warmup + playbook.timing.baseline
    }
}
