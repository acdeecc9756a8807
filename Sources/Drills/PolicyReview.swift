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
            decisions.append(
                decision("limits.faults", true, "at most \(most) at the same time"))
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
        guard !policy.hours.isEmpty else { return [] }
        let isOpen = policy.hours.contains { $0.contains(day: now.day, minute: now.minute) }
        return [
            decision("hours", isOpen, policy.hours.map(\.description).joined(separator: "; "))
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
    /// Whether it is, or holds, a fault of a kind that begins with this word.
    fileprivate func hasFault(ofPart part: String) -> Bool {
        switch self {
        case .fault(let step): step.kind.hasPrefix(part + ".")
        case .parallel(let steps): steps.contains { $0.hasFault(ofPart: part) }
        case .wait, .probe: false
        }
    }
}
