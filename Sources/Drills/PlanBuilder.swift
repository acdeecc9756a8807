public import Faults
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

    public init(
        playbook: Playbook, seed: UInt64, host: HostCapabilities, policy: HostPolicy = HostPolicy()
    ) {
        self.playbook = playbook
        self.seed = seed
        self.host = host
        self.policy = policy
    }

    /// Builds the plan; throws when a step can never work, with the playbook's line.
    public func build() throws -> Plan {
        let system = try SystemCatalogue.make(playbook.target)
        var planner = Planner(playbook: playbook, system: system, host: host)
        for step in playbook.method { planner.add(step) }
        let duration = planner.duration + holdings
        let review = PolicyReview(
            policy: policy, playbook: playbook, duration: duration,
            defaultInterfaces: NetworkInterface.ofDefaultRoutes, now: LocalTime.now)
        let plan = Plan(
            playbook: playbook.name, seed: seed, steps: planner.steps,
            limits: boundaries(duration) + review.decisions + storageRefusals(system)
                + planner.refusals,
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
            playbook.secrets.isEmpty
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
            allowed(
                "interfaces",
                limits.interfaces.isEmpty ? "none" : limits.interfaces.joined(separator: ", ")),
            allowed(
                "paths",
                (["the testbed's own file systems"] + limits.paths).joined(separator: ", ")),
            allowed(
                "never", "pid 1, the drill, its guardian and ancestors, the root file system"),
        ] + secrets
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

/// Walks a method and gathers what it would do.
private struct Planner {
    let playbook: Playbook
    let system: any SystemUnderTest
    let host: HostCapabilities
    var steps: [Plan.PlannedStep] = []
    /// Steps that the limits, or the fault itself, do not allow.
    var refusals: [Plan.PlannedLimit] = []
    var duration = Duration.zero
    private var nextFault = 1

    init(playbook: Playbook, system: any SystemUnderTest, host: HostCapabilities) {
        self.playbook = playbook
        self.system = system
        self.host = host
    }

    mutating func add(_ step: Step) {
        switch step {
        case .fault(let step): add(step)
        case .wait(let step): add(step)
        case .probe(let step): add(step)
        case .parallel(let inner):
            let before = duration
            var longest = Duration.zero
            for step in inner {
                duration = .zero
                add(step)
                longest = max(longest, duration)
            }
            duration = before + longest
        }
    }

    private mutating func add(_ step: FaultStep) {
        duration += step.duration ?? .zero
        defer { nextFault += 1 }
        do {
            let fault = try FaultCatalogue.make(
                step: step, identifier: "f\(nextFault)", limits: playbook.limits)
            let system = playbook.target.kind == "none" ? nil : system
            var planned = fault.plan(system: system, host: host)
            planned.isOutside = step.selector?.isOutside ?? false
            // Found out now, it costs nobody a drill that can prove nothing.
            if planned.backend.isEmpty { refuse(step, planned.backendNote) }
            steps.append(planned)
        } catch {
            refuse(step, "\(error)")
        }
    }

    private mutating func refuse(_ step: FaultStep, _ reason: String) {
        refusals.append(
            Plan.PlannedLimit(
                rule: "line \(step.line), \(step.kind)", isAllowed: false, reason: reason))
    }

    private mutating func add(_ step: WaitStep) {
        let summary: String
        switch step.goal {
        case .time(let time):
            summary = "wait \(time.text)"
            duration += time
        case .steady(let bound):
            summary = "wait until the steady state holds, at most \(bound.text)"
        }
        steps.append(
            Plan.PlannedStep(line: step.line, kind: "wait", summary: summary, objects: []))
    }

    private mutating func add(_ step: ProbeStep) {
        let period = step.every.map { " every \($0.text)" } ?? " once"
        steps.append(
            Plan.PlannedStep(
                line: step.line, kind: "probe", summary: "\(step.name)\(period)", objects: []))
    }
}
