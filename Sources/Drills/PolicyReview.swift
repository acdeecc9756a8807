import Faults
import Playbooks
import Records

/// Holds a playbook against the host's policy before anything is touched; pure.
struct PolicyReview {
    var policy: HostPolicy
    var playbook: Playbook
    /// The shortest time the drill can take.
    var duration: Duration
    var defaultInterfaces: Set<String>
    var now: LocalTime
    /// Tells the file systems that the host lives on.
    var disks = HostDisks.unknown
    /// What the policy names and the host does not have.
    var warnings: [String] = []

    /// Each rule of the policy that concerns this playbook, and what it decided.
    var decisions: [Plan.PlannedLimit] {
        counts + interfaces + paths + hours + protections
            + warnings.map {
                Plan.PlannedLimit(
                    rule: "policy", isAllowed: true, reason: $0, isWarning: true)
            }
    }

    private func decision(_ rule: String, _ isAllowed: Bool, _ reason: String) -> Plan.PlannedLimit
    {
        Plan.PlannedLimit(rule: "policy \(rule)", isAllowed: isAllowed, reason: reason)
    }

    private func has(_ part: String) -> Bool {
        playbook.method.contains { $0.hasFault(ofPart: part) }
    }

    private var counts: [Plan.PlannedLimit] {
        var decisions: [Plan.PlannedLimit] = []
        let limits = playbook.limits
        if let most = policy.processes, has("process") || has("power") {
            decisions.append(
                decision(
                    "limits.processes", limits.processes <= most,
                    "at most \(most), and the playbook's limits say \(limits.processes)"))
        }
        if let most = policy.disk, has("disk") {
            decisions.append(
                decision(
                    "limits.disk", limits.disk <= most,
                    "at most \(most.text), and the playbook's limits say \(limits.disk.text)"))
        }
        if let most = policy.duration {
            decisions.append(
                decision(
                    "limits.duration", duration <= most,
                    "at most \(most.text), and the drill takes at least \(duration.text)"))
        }
        if let most = policy.faults {
            let together = Step.concurrency(of: playbook.method)
            decisions.append(
                decision(
                    "limits.faults", together <= most,
                    "at most \(most) at the same time, and the method has \(together)"))
        }
        if let most = policy.cpu, has("cpu") {
            decisions.append(
                decision(
                    "limits.cpu", limits.cpu <= most,
                    "at most \(most.text), and the playbook's limits say \(limits.cpu.text)"))
        }
        if let most = policy.memory, has("memory") {
            decisions.append(
                decision(
                    "limits.memory", limits.memory <= most,
                    "at most \(most.text), and the playbook's limits say \(limits.memory.text)"))
        }
        return decisions
    }

    private var interfaces: [Plan.PlannedLimit] {
        playbook.limits.interfaces.map { name in
            let reason = policy.objection(toInterface: name, defaults: defaultInterfaces)
            return decision("interface \(name)", reason == nil, reason ?? "may be touched")
        }
    }

    private var paths: [Plan.PlannedLimit] {
        playbook.limits.paths.map { path in
            let reason = policy.objection(
                toFileSystem: disks.mountPoint(path) ?? path, isForeign: true, disks: disks)
            return decision("path \(path)", reason == nil, reason ?? "may be touched")
        }
    }

    private var hours: [Plan.PlannedLimit] {
        guard !policy.hoursText.isEmpty else { return [] }
        let text = policy.hoursText
        guard policy.isOpen(day: now.day, minute: now.minute) else {
            return [decision("hours", false, "\(text); these are others")]
        }
        let left = policy.openMinutes(day: now.day, minute: now.minute).map {
            Duration.seconds($0 * 60 - now.second)
        }
        guard let left, left < duration else { return [decision("hours", true, text)] }
        return [
            decision(
                "hours", false,
                "\(text); they end in \(left.text), and the drill takes at least \(duration.text)")
        ]
    }

    private var protections: [Plan.PlannedLimit] {
        let lists = [
            ("processes", policy.protectedProcesses), ("users", policy.protectedUsers),
            ("ports", policy.protectedPorts.map(String.init)),
            ("interfaces", policy.protectedInterfaces), ("paths", policy.protectedPaths),
        ]
        return lists.filter { !$0.1.isEmpty }.map { name, list in
            decision("protects \(name)", true, list.joined(separator: ", "))
        }
    }
}

extension Step {
    /// How many faults of a method are in at the same time at most.
    static func concurrency(of method: [Step]) -> Int {
        method.map { step in
            switch step {
            case .fault: 1
            case .parallel(let steps): steps.map { concurrency(of: [$0]) }.reduce(0, +)
            case .wait, .probe: 0
            }
        }.max() ?? 0
    }

    /// Whether it is, or holds, a fault of a kind that begins with this word.
    fileprivate func hasFault(ofPart part: String) -> Bool {
        switch self {
        case .fault(let step): step.kind.hasPrefix(part + ".")
        case .parallel(let steps): steps.contains { $0.hasFault(ofPart: part) }
        case .wait, .probe: false
        }
    }
}
