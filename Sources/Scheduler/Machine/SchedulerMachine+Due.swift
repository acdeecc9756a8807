import Playbooks

/// What becomes of due times.
extension SchedulerMachine {
    /// The most decisions that are made durable together.
    private static let batch = 20_000

    /// How late a drill is in time when its schedule says nothing.
    static let tolerance = Duration.seconds(60)

    mutating func decide(at now: Moment) -> [SchedulerAction] {
        guard !isStopping else { return [] }
        var claims: [Claim] = []
        while claims.count < Self.batch, let due = table.removeDue(at: now),
            let last = due.times.times.last
        {
            claims.append(
                Claim(
                    schedule: due.entry.name, expected: due.entry.watermark, watermark: last,
                    occurrences: occurrences(due.entry, due.times, at: now)))
        }
        return claims.isEmpty ? [] : [.claim(claims)]
    }

    private func occurrences(
        _ entry: ScheduleTable.Entry, _ due: DueTimes, at now: Moment
    ) -> [Occurrence] {
        let rules = entry.rules
        var runs = due.times[...]
        var lost: ArraySlice<Moment> = []
        var state = Occurrence.State.missed
        var reason = "nobody could run it when it was due"
        if let freeze, freeze.isInForce(at: now) {
            (lost, runs) = (runs, [])
            (state, reason) = (.skipped, freeze.text)
        } else if rules.missed != .all {
            let isInTime = runs.last.map { self.isInTime(entry, $0, at: now) } ?? false
            let kept = isInTime || rules.missed == .once ? 1 : 0
            lost = runs.dropLast(kept)
            runs = runs.suffix(kept)
        }
        var result: [Occurrence] = []
        // Of all that are lost the last is kept, with the number of the others.
        if let last = lost.last ?? due.lastOmitted {
            let count = lost.count + due.omitted
            result.append(
                Occurrence(
                    identifier: OccurrenceIdentifier(schedule: entry.name, due: last),
                    state: state, reason: reason, missedBefore: count - 1))
        }
        result += runs.map {
            Occurrence(identifier: OccurrenceIdentifier(schedule: entry.name, due: $0))
        }
        return result
    }

    private func isInTime(
        _ entry: ScheduleTable.Entry, _ due: Moment, at now: Moment
    ) -> Bool {
        now - table.start(of: entry, due: due) <= entry.rules.deadline ?? Self.tolerance
    }

    /// Lets in what a claim decided, as far as the overlap policy has room for it.
    mutating func accept(_ claim: Claim, at now: Moment, _ actions: inout [SchedulerAction]) {
        let runs = claim.occurrences.filter { $0.state == .waiting }
        for occurrence in claim.occurrences where occurrence.state != .waiting {
            actions.append(.announce(occurrence))
        }
        guard let entry = table[claim.schedule] else {
            for occurrence in runs { refuse(occurrence, "its schedule was removed", &actions) }
            return
        }
        // Drills that catch up come one after the other, whatever the policy says of the first.
        for (index, occurrence) in runs.enumerated() {
            let deadline = entry.rules.deadline.map {
                table.start(of: entry, due: occurrence.identifier.due) + $0
            }
            let isCatchingUp = runs.count > 1 || deadline.map { $0 < now } ?? false
            if index == 0 || runs.count == 1 {
                guard overlaps(occurrence, entry.rules.overlap, &actions) else { continue }
            }
            wait(
                occurrence, entry.rules, notBefore: now,
                expires: isCatchingUp ? nil : deadline, &actions)
        }
    }

    /// Applies the overlap policy; returns whether the occurrence may wait for its turn.
    private mutating func overlaps(
        _ occurrence: Occurrence, _ policy: OverlapPolicy, _ actions: inout [SchedulerAction]
    ) -> Bool {
        let others = bySchedule[occurrence.identifier.schedule] ?? []
        guard let first = others.first else { return true }
        switch policy {
        case .forbid:
            refuse(occurrence, "the drill due \(first.due.iso8601) has not ended", &actions)
            return false
        case .queue:
            let waits = others.contains { waiting.contains($0) }
            if waits { refuse(occurrence, "the one before it still waits", &actions) }
            return !waits
        case .replace:
            for other in others {
                guard var entry = open[other] else { continue }
                switch entry.phase {
                case .waiting:
                    leave(other)
                    waiting.removeAll { $0 == other }
                    refuse(
                        entry.occurrence,
                        "the one due \(occurrence.identifier.due.iso8601) replaced it",
                        &actions)
                case .looking, .running:
                    let isRunning = entry.phase == .running
                    entry.isStopping = true
                    open[other] = entry
                    if isRunning { actions.append(.stop(other)) }
                }
            }
            return true
        }
    }

    /// Takes over occurrences that nobody runs.
    mutating func adopt(_ occurrences: [Occurrence], at now: Moment) -> [SchedulerAction] {
        var actions: [SchedulerAction] = []
        for occurrence in occurrences where open[occurrence.identifier] == nil {
            guard let entry = table[occurrence.identifier.schedule] else {
                refuse(occurrence, "its schedule was removed", &actions)
                continue
            }
            let isWanted =
                occurrence.isAskedFor || occurrence.identifier.attempt > 0
                || entry.rules.missed != .skip
                || isInTime(entry, occurrence.identifier.due, at: now)
            guard isWanted else {
                refuse(occurrence, "the service ended before it began", &actions)
                continue
            }
            wait(occurrence, entry.rules, notBefore: now, expires: nil, &actions)
        }
        return actions
    }

    private mutating func wait(
        _ occurrence: Occurrence, _ rules: ScheduleRules, notBefore: Moment,
        expires: Moment?, _ actions: inout [SchedulerAction]
    ) {
        guard waiting.count < limits.waiting else {
            return refuse(
                occurrence, "\(limits.waiting) drills wait already", &actions)
        }
        enter(occurrence, rules, notBefore: notBefore, expires: expires)
    }

    /// Records that an occurrence never begins.
    func refuse(
        _ occurrence: Occurrence, _ reason: String, as state: Occurrence.State = .missed,
        _ actions: inout [SchedulerAction]
    ) {
        var occurrence = occurrence
        occurrence.state = state
        occurrence.reason = reason
        actions += [.record([occurrence]), .announce(occurrence)]
    }
}
