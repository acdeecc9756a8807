import Faults
import Playbooks
import Records
import Systems

/// Holds a playbook against the host's policy before anything is touched; pure.
struct PolicyReview {
    var policy: HostPolicy
    var playbook: Playbook
    /// The shortest time the drill can take.
    var duration: Duration
    var defaultInterfaces: Set<String>
    /// Whether two names mean one interface.
    var isSameInterface: (String, String) -> Bool = { $0 == $1 }
    var now: LocalTime
    /// Tells the file systems that the host lives on.
    var disks = HostDisks.unknown
    /// What the policy names and the host does not have.
    var warnings: [String] = []
    /// What the testbed's own file systems can come to take.
    var storage = TestbedStorage()

    /// Each rule of the policy that concerns this playbook, and what it decided.
    var decisions: [Plan.PlannedLimit] {
        counts + storages + interfaces + paths + hours + protections
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
        let limits = playbook.limits
        let together = Step.concurrency(of: playbook.method)
        return [
            bound(
                "processes", limits.processes, policy.processes, \.description, "process", "power",
                "clock", "disk.slow", "disk.read_only", "disk.corrupt"),
            bound("disk", limits.disk, policy.disk, \.text, "disk"),
            policy.duration.map {
                decision(
                    "limits.duration", duration <= $0,
                    "at most \($0.text), and the drill takes at least \(duration.text)")
            },
            policy.faults.map {
                decision(
                    "limits.faults", together <= $0,
                    "at most \($0) at the same time, and the method has \(together)")
            },
            bound("cpu", limits.cpu, policy.cpu, \.text, "cpu"),
            bound("memory", limits.memory, policy.memory, \.text, "memory"),
        ].compactMap { $0 }
    }

    /// A limit of the playbook beside the policy's; nil when the policy sets none, or when no fault
    /// of these parts is in the method.
    private func bound<Amount: Comparable>(
        _ name: String, _ asked: Amount, _ most: Amount?, _ text: (Amount) -> String,
        _ parts: String...
    ) -> Plan.PlannedLimit? {
        guard let most, parts.contains(where: has) else { return nil }
        return decision(
            "limits.\(name)", asked <= most,
            "at most \(text(most)), and the playbook's limits say \(text(asked))")
    }

    /// What the testbed mounts counts as what faults take, beside what they may take of the host's own.
    private var storages: [Plan.PlannedLimit] {
        let (limits, paths) = (playbook.limits, playbook.limits.paths)
        return [
            bound(
                storage.disk, beside: has("disk") && !paths.isEmpty ? limits.disk : nil, policy.disk
            )
            .map { decision("disk of the testbed", $0, $1) },
            bound(storage.memory, beside: has("memory") ? limits.memory : nil, policy.memory)
                .map { decision("memory of the testbed", $0, $1) },
        ].compactMap { $0 }
    }

    private func bound(
        _ mounted: ByteCount, beside faults: ByteCount?, _ most: ByteCount?
    ) -> (isAllowed: Bool, reason: String)? {
        guard let most, mounted.bytes > 0 else { return nil }
        let (total, isTooMuch) = mounted.bytes.addingReportingOverflow(faults?.bytes ?? 0)
        return (
            !isTooMuch && total <= most.bytes,
            "at most \(most.text), and the nodes' own file systems hold \(mounted.text)"
                + (faults.map { " beside the \($0.text) of the playbook's limits" } ?? "")
        )
    }

    private var interfaces: [Plan.PlannedLimit] {
        playbook.limits.interfaces.map { name in
            let reason = policy.objection(
                toInterface: name, defaults: defaultInterfaces, isSame: isSameInterface)
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

    /// Whether it is, or holds, a fault of this kind, or of one that begins with this word.
    fileprivate func hasFault(ofPart part: String) -> Bool {
        switch self {
        case .fault(let step): step.kind == part || step.kind.hasPrefix(part + ".")
        case .parallel(let steps): steps.contains { $0.hasFault(ofPart: part) }
        case .wait, .probe: false
        }
    }
}
