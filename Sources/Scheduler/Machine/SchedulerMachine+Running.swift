import Playbooks

/// What becomes of occurrences that wait for room, run and end.
extension SchedulerMachine {
    mutating func enter(
        _ occurrence: Occurrence, _ rules: ScheduleRules, notBefore: Moment,
        expires: Moment?
    ) {
        let identifier = occurrence.identifier
        open[identifier] = Open(
            occurrence: occurrence, rules: rules,
            phase: .waiting(notBefore: notBefore, expires: expires))
        bySchedule[identifier.schedule, default: []].append(identifier)
        waiting.append(identifier)
    }

    mutating func leave(_ identifier: OccurrenceIdentifier) {
        guard let entry = open.removeValue(forKey: identifier) else { return }
        bySchedule[identifier.schedule]?.removeAll { $0 == identifier }
        if bySchedule[identifier.schedule]?.isEmpty == true {
            bySchedule[identifier.schedule] = nil
        }
        if case .waiting = entry.phase { return }
        runningCount -= 1
        let target = entry.rules.target
        byTarget[target, default: 1] -= 1
        if byTarget[target] == 0 { byTarget[target] = nil }
    }

    /// Gives room to those that wait, first come, first served.
    mutating func admit(at now: Moment) -> [SchedulerAction] {
        guard !isStopping, !waiting.isEmpty else { return [] }
        var actions: [SchedulerAction] = []
        var admitted: [OccurrenceIdentifier] = []
        var stay: [OccurrenceIdentifier] = []
        for (index, identifier) in waiting.enumerated() {
            guard var entry = open[identifier],
                case .waiting(let notBefore, let expires) = entry.phase
            else { continue }
            if let expires, now > expires {
                leave(identifier)
                refuse(entry.occurrence, "there was no room for it until its deadline", &actions)
                continue
            }
            guard runningCount < limits.host else {
                stay += waiting[index...]
                break
            }
            let target = entry.rules.target
            let isAlone = !(bySchedule[identifier.schedule] ?? []).contains {
                if case .waiting? = open[$0]?.phase { false } else { true }
            }
            guard notBefore <= now, byTarget[target, default: 0] < limits.target, isAlone else {
                stay.append(identifier)
                continue
            }
            runningCount += 1
            byTarget[target, default: 0] += 1
            entry.phase = .looking
            open[identifier] = entry
            admitted.append(identifier)
        }
        waiting = stay
        return actions + (admitted.isEmpty ? [] : [.look(admitted)])
    }

    /// Starts what was looked at, or skips it when something speaks against it.
    mutating func begin(
        _ identifiers: [OccurrenceIdentifier], objection: String?
    ) -> [SchedulerAction] {
        var actions: [SchedulerAction] = []
        var starting: [Occurrence] = []
        var starts: [SchedulerAction] = []
        for identifier in identifiers {
            guard var entry = open[identifier], entry.phase == .looking else { continue }
            guard !isStopping else { continue }
            guard !entry.isStopping else {
                leave(identifier)
                refuse(entry.occurrence, "the next one replaced it", &actions)
                continue
            }
            if let objection {
                leave(identifier)
                refuse(entry.occurrence, objection, as: .skipped, &actions)
                continue
            }
            entry.occurrence.state = .starting
            entry.phase = .running
            open[identifier] = entry
            starting.append(entry.occurrence)
            starts.append(.start(identifier, entry.rules))
        }
        return actions + (starting.isEmpty ? [] : [.record(starting)] + starts)
    }

    mutating func started(_ identifier: OccurrenceIdentifier, drill: String) -> [SchedulerAction] {
        guard var entry = open[identifier] else { return [] }
        entry.occurrence.state = .running
        entry.occurrence.drill = drill
        open[identifier] = entry
        return [.record([entry.occurrence])]
    }

    mutating func ended(
        _ identifier: OccurrenceIdentifier, _ end: DrillEnd, at now: Moment
    ) -> [SchedulerAction] {
        guard let entry = open[identifier] else { return [] }
        leave(identifier)
        var occurrence = entry.occurrence
        switch end {
        case .exited(let code):
            occurrence.state = .ended
            occurrence.exitCode = code
            // The drill looks at the steady state before its first fault, and nobody else can: the
            // testbed is its own.
            if code == 3 { occurrence.reason = "the steady state was not there: no fault went in" }
        case .broken(let reason):
            occurrence.state = .aborted
            occurrence.reason = reason
        }
        var records = [occurrence]
        if !isStopping, !entry.isStopping, saysNothing(end),
            identifier.attempt < entry.rules.retries
        {
            let retry = Occurrence(
                identifier: OccurrenceIdentifier(
                    schedule: identifier.schedule, due: identifier.due,
                    attempt: identifier.attempt + 1),
                isAskedFor: occurrence.isAskedFor)
            enter(retry, entry.rules, notBefore: now + Self.retryDelay, expires: nil)
            records.append(retry)
        }
        return [.record(records), .announce(occurrence)]
    }

    /// Whether a drill ended without an answer about its hypothesis: steady state missing before the
    /// first fault, inconclusive, or broken.
    ///
    /// A drill that failed, left residue, or was aborted by a person is not run again.
    private func saysNothing(_ end: DrillEnd) -> Bool {
        switch end {
        case .exited(let code): [3, 4, 7].contains(code)
        case .broken: true
        }
    }
}
