import Playbooks
import Scheduler
import Web

/// Schedules as the console's form has them.
extension ScheduleControl {
    /// How many moments a form's preview shows.
    private static let previewed = 10
    /// How many past occurrences a schedule's page shows.
    private static let shown = 20

    static func details(
        _ stored: StoredSchedule, _ count: Int, in store: any ScheduleStore
    ) throws -> ScheduleDetails {
        let schedule = stored.schedule
        let known: Set = ["playbook", "when", "next"]
        // A variable's value may be anybody's secret; its name tells that it is set.
        let settings = schedule.rules.settings.keys.sorted().joined(separator: ", ")
        let rules = stored.lines(at: now).filter { !known.contains($0.0) }
        return ScheduleDetails(
            entry: entry(of: schedule),
            rules: [("playbook", OccurrenceNews.playbook(of: schedule.rules.playbook))].map(rule)
                + [("sets", settings)].map(rule) + rules.map(rule),
            next: schedule.isPaused ? [] : moments(of: schedule, count),
            past: try store.occurrences(of: schedule.name, limit: shown).map { occurrence in
                ScheduleDetails.Past(
                    due: occurrence.identifier.due.nanoseconds, state: occurrence.state.rawValue,
                    drill: occurrence.drill, exitCode: occurrence.exitCode, note: occurrence.note)
            })
    }

    private static func rule(_ name: String, _ value: String) -> ScheduleDetails.Rule {
        ScheduleDetails.Rule(name: name, value: value)
    }

    private static func moments(of schedule: Schedule, _ count: Int) -> [ScheduledMoment] {
        let zone = schedule.rules.zone
        return UpcomingDrills([schedule], after: now).prefix(count).map {
            ScheduledMoment(
                at: $0.moment.nanoseconds, local: "\($0.moment.text(in: zone)) \(zone.name)")
        }
    }

    /// A schedule as its form shows it; throws when no form may change it.
    static func draft(_ schedule: Schedule, _ directory: String?) throws -> ScheduleDraft {
        try checkIsOfForms(schedule)
        let rules = schedule.rules
        let name = OccurrenceNews.playbook(of: rules.playbook)
        var draft = ScheduleDraft()
        // A playbook of elsewhere cannot be kept: the form asks for another.
        draft[.playbook] = directory.map { "\($0)/\(name).yaml" } == rules.playbook ? name : ""
        draft[.name] = schedule.name
        switch rules.trigger {
        case .cron(let expression): draft[.cron] = "\(expression)"
        case .every(let interval, _): draft[.every] = interval.text
        case .at(let moment): draft[.at] = moment.text(in: rules.zone)
        }
        draft[.timezone] = rules.zone.name
        draft[.jitter] = rules.jitter > .zero ? rules.jitter.text : ""
        draft[.hours] = rules.hours.map(\.description).joined(separator: "\n")
        draft[.blackout] = rules.blackouts.map(\.description).joined(separator: "\n")
        draft[.deadline] = rules.deadline?.text ?? ""
        draft[.overlap] = rules.overlap.rawValue
        draft[.missed] = rules.missed.rawValue
        draft[.retries] = rules.retries > 0 ? "\(rules.retries)" : ""
        draft[.set] = rules.settings.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
            .joined(separator: "\n")
        return draft
    }

    private static func checkIsOfForms(_ schedule: Schedule) throws(ScheduleError) {
        if let file = schedule.file {
            throw ScheduleError(
                attempted: "change", object: schedule.name, reason: "\(file) declares it",
                remedy: "change the file")
        }
        guard !schedule.rules.touchesOutside else {
            throw ScheduleError(
                attempted: "change", object: schedule.name,
                reason: "its drills may touch what they did not start",
                remedy: "remove it and use 'firedrill schedule add --yes'")
        }
    }

    /// Says what a draft comes to, and keeps it when it is to be kept and nothing is wrong.
    static func review(
        _ draft: ScheduleDraft, _ order: DraftOrder, in store: any ScheduleStore
    ) throws -> ScheduleReview {
        let known = try order.replaced.flatMap { try store.schedule($0) }?.schedule
        if let known { try checkIsOfForms(known) }
        if let replaced = order.replaced, known == nil {
            throw ScheduleError(
                attempted: "change", object: replaced, reason: "there is no such schedule any more",
                remedy: "add it anew")
        }
        var reading = DraftReading(draft, order, now: now)
        guard var schedule = reading.schedule() else { return reading.review }
        if order.replaced == nil, try store.schedule(schedule.name) != nil {
            reading.review.problems[.name] = "There is a schedule of this name already."
            return reading.review
        }
        if let known { schedule = kept(schedule, of: known) }
        reading.review.name = schedule.name
        reading.review.next = moments(of: schedule, previewed)
        if order.isKept {
            try store.put(schedule, watermark: now, replacing: order.replaced != nil)
        }
        return reading.review
    }

    /// A changed schedule with what its form does not tell.
    private static func kept(_ schedule: Schedule, of known: Schedule) -> Schedule {
        var schedule = schedule
        schedule.isPaused = known.isPaused
        if case .every(let interval, _) = schedule.rules.trigger,
            case .every(interval, let anchor) = known.rules.trigger
        {
            schedule.rules.trigger = .every(interval, anchor: anchor)
        }
        return schedule
    }
}
