import Playbooks
import Scheduler
import Web

/// Reads the texts of a form, and gathers what is wrong with them.
struct DraftReading {
    var review = ScheduleReview()
    private let draft: ScheduleDraft
    private let order: ScheduleControl.DraftOrder
    private let now: Moment

    init(_ draft: ScheduleDraft, _ order: ScheduleControl.DraftOrder, now: Moment) {
        self.draft = draft
        self.order = order
        self.now = now
    }

    /// The schedule that is meant; nil when something is wrong.
    mutating func schedule() -> Schedule? {
        let text = text()
        var schedule: Schedule?
        do {
            schedule = try text.review(now: now) { [order] path, settings in
                guard order.playbook != nil else {
                    throw ScheduleError(
                        attempted: "schedule", object: draft[.playbook],
                        reason: "the configured directory has no such playbook",
                        remedy: "choose one")
                }
                return try TargetOfPlaybook.find(path, settings)
            }
        } catch {
            for mistake in error.all {
                let field = ScheduleDraft.Field(rawValue: mistake.key) ?? .playbook
                if review.problems[field] == nil { review.problems[field] = mistake.description }
            }
        }
        if draft[.playbook].isEmpty {
            review.problems[.playbook] = "Choose a playbook."
            // Its name would have come from the playbook.
            if draft[.name].isEmpty { review.problems[.name] = nil }
        }
        if [draft[.cron], draft[.every], draft[.at]].count(where: { !$0.isEmpty }) != 1 {
            review.problems[.every] = nil
            review.problems[.at] = nil
            review.problems[.cron] = "Fill in one of the three: cron, every, once."
        }
        readPolicies(&schedule)
        guard review.problems.isEmpty, let schedule else { return nil }
        guard schedule.rules.next(after: now) != nil else {
            let field: ScheduleDraft.Field =
                !draft[.cron].isEmpty ? .cron : !draft[.every].isEmpty ? .every : .at
            review.problems[field] = "Nothing would ever be due: look at times, hours and days."
            return nil
        }
        return schedule
    }

    private mutating func text() -> ScheduleText {
        func filled(_ field: ScheduleDraft.Field) -> String? {
            draft[field].isEmpty ? nil : draft[field]
        }
        var text = ScheduleText(playbook: order.playbook ?? draft[.playbook])
        text.name = order.replaced ?? filled(.name)
        text.cron = filled(.cron)
        text.every = filled(.every)
        text.at = filled(.at)
        text.timezone = filled(.timezone) ?? "UTC"
        text.jitter = filled(.jitter)
        text.hours = draft.lines(.hours)
        text.blackouts = draft.lines(.blackout)
        text.deadline = filled(.deadline)
        for line in draft.lines(.set) {
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                review.problems[.set] = "'\(line)' is not written as name=value."
                continue
            }
            text.settings[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return text
    }

    private mutating func readPolicies(_ schedule: inout Schedule?) {
        let retries = draft[.retries].isEmpty ? 0 : Int(draft[.retries]) ?? -1
        if !(0...10).contains(retries) {
            review.problems[.retries] = "Write a number from 0 to 10."
        }
        schedule?.rules.retries = retries
        if let overlap = word(.overlap, OverlapPolicy.forbid) { schedule?.rules.overlap = overlap }
        if let missed = word(.missed, MissedPolicy.skip) { schedule?.rules.missed = missed }
    }

    private mutating func word<Word: RawRepresentable>(
        _ field: ScheduleDraft.Field, _ standard: Word
    ) -> Word? where Word.RawValue == String {
        if draft[field].isEmpty { return standard }
        guard let word = Word(rawValue: draft[field]) else {
            review.problems[field] = "Choose one of the list."
            return nil
        }
        return word
    }
}
