import Faults
import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Walks a method and gathers what it would do.
struct Planner {
    let playbook: Playbook
    let system: any SystemUnderTest
    let host: HostCapabilities
    /// The rules that decide on what of the host is aimed at.
    let radius: BlastRadius
    /// The other drills of the host, which may have what a step needs.
    let others: [OtherDrill]
    var steps: [Plan.PlannedStep] = []
    /// What the limits, the policy and the faults themselves say to the steps.
    var decisions: [Plan.PlannedLimit] = []
    var duration = Duration.zero
    private var nextFault = 1
    /// Processes of the host that are certainly hit; each counts once, as in the drill.
    private var hit: Set<ProcessIdentity> = []
    /// What the faults that are in at the same time take of the host.
    private var together = SharedAmount()
    /// How many 'parallel' the step is in.
    private var depth = 0

    init(
        playbook: Playbook, system: any SystemUnderTest, host: HostCapabilities,
        radius: BlastRadius, others: [OtherDrill]
    ) {
        self.others = others
        self.playbook = playbook
        self.system = system
        self.host = host
        self.radius = radius
    }

    mutating func add(_ step: Step) {
        if depth == 0 { together = SharedAmount() }
        switch step {
        case .fault(let step): add(step)
        case .wait(let step): add(step)
        case .probe(let step): add(step, period: step.every)
        case .parallel(let inner):
            let before = duration
            var longest = Duration.zero
            depth += 1
            defer { depth -= 1 }
            for step in inner {
                duration = .zero
                add(step)
                longest = max(longest, duration)
            }
            duration = before + longest
        }
    }

    private mutating func add(_ step: FaultStep) {
        defer { nextFault += 1 }
        do {
            let fault = try FaultCatalogue.make(
                step: step, identifier: "f\(nextFault)", limits: playbook.limits)
            duration += fault.shortestDuration
            let system = playbook.target.kind == "none" ? nil : system
            var planned = fault.plan(system: system, host: host)
            let aim = fault.hostAim(planned)
            planned.isOutside = aim.isOutside
            planned.objects += aim.shownLines(without: playbook.secrets)
            decide(step, aim)
            // Found out now, it costs nobody a drill that can prove nothing.
            if planned.backend.isEmpty { refuse(step, planned.backendNote) }
            steps.append(planned)
        } catch {
            refuse(step, "\(error)")
        }
    }

    /// Holds what a step would hit now against the rules, every object that it may pick.
    private mutating func decide(_ step: FaultStep, _ aim: HostAim) {
        guard !aim.objects.isEmpty else { return }
        guard aim.count > 0 else {
            return refuse(
                step,
                "it picks none of \(aim.objects.count) objects, and so does nothing; pick more")
        }
        let refused = radius.refusals(of: aim.objects)
        for refusal in refused.prefix(Self.mostRefusals) { refuse(step, "\(refusal)") }
        if refused.count > Self.mostRefusals {
            refuse(step, "and \(refused.count - Self.mostRefusals) more of its objects")
        }
        for obstacle in aim.obstacles.prefix(Self.mostRefusals) { refuse(step, obstacle) }
        let processes = aim.objects.compactMap { object in
            if case .process(let identity, _) = object { identity } else { nil }
        }
        if !processes.isEmpty { count(processes, picked: aim.count, step) }
        let amount = SharedAmount(of: aim.objects)
        together = together + amount
        if amount != SharedAmount(), refused.isEmpty,
            let excess = together.excess(limits: playbook.limits, policy: radius.policy)
        {
            refuse(step, "with it \(excess.reason); \(excess.remedy)")
        }
        // Where some are picked of many, the drill may do with those that are free.
        let taken = aim.count < aim.objects.count ? [] : hindrances(to: aim.objects)
        for hindrance in taken.prefix(Self.mostRefusals) { refuse(step, hindrance) }
        guard taken.isEmpty, refused.isEmpty, aim.obstacles.isEmpty else { return }
        decisions.append(
            Plan.PlannedLimit(
                rule: "line \(step.line), \(step.kind)", isAllowed: true,
                reason: aim.objects.count == 1
                    ? "\(aim.objects[0]) may be touched"
                    : "each of \(aim.objects.count) objects may be touched"))
    }

    /// What other drills have of these objects, a sentence each.
    private func hindrances(to objects: [AimedObject]) -> [String] {
        Set(objects.compactMap(\.resource)).sorted().compactMap { resource in
            others.first { $0.isBelieved(toHold: resource) }.map {
                let why = AimedObject.reason(toShareNot: resource)
                return "\(resource): \($0.hindrance.reason)" + (why.isEmpty ? "" : ", and \(why)")
                    + "; \($0.hindrance.remedy)"
            }
        }
    }

    /// How many refusals of one step are told one by one.
    private static let mostRefusals = 10

    /// Counts as the drill will: a process that two steps hit is one.
    private mutating func count(
        _ processes: [ProcessIdentity], picked: Int, _ step: FaultStep
    ) {
        // Which ones are picked is known only where all are.
        let certain = picked == processes.count ? hit.union(processes) : hit
        let total = max(certain.count, picked)
        if total > playbook.limits.processes {
            refuse(
                step,
                "with it \(total) processes would be hit, and limits.processes is "
                    + "\(playbook.limits.processes); raise it, or aim at fewer")
        }
        hit = certain
    }

    private mutating func refuse(_ step: FaultStep, _ reason: String) {
        refuse(line: step.line, step.kind, reason)
    }

    mutating func refuse(line: Int, _ kind: String, _ reason: String) {
        decisions.append(
            Plan.PlannedLimit(rule: "line \(line), \(kind)", isAllowed: false, reason: reason))
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

}
