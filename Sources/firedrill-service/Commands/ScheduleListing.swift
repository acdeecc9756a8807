import ArgumentParser
import Playbooks
import Scheduler

/// `firedrill schedule list`: every schedule and when it is due next.
struct ScheduleList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the schedules, and when each is due next.")
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let store = try options.open()
        let now = ScheduleStoreOptions.now
        if let freeze = try store.freeze(), freeze.isInForce(at: now) { Terminal.line(freeze.text) }
        let all = try store.schedules()
        let width = all.map(\.schedule.name.count).max() ?? 0
        for stored in all {
            let rules = stored.schedule.rules
            let next = rules.next(after: now).map {
                $0.text(in: rules.zone) + " \(rules.zone.name)"
            }
            let padding = String(repeating: " ", count: width - stored.schedule.name.count + 2)
            let state = stored.schedule.isPaused ? "paused" : next ?? "never again"
            Terminal.line("\(stored.schedule.name)\(padding)\(state)  (\(rules.trigger.text))")
        }
        if all.isEmpty { Terminal.line("no schedules") }
    }
}

/// `firedrill schedule show`: one schedule's rules and what came of it last.
struct ScheduleShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a schedule and what came of it last.")
    @Argument(help: "The schedule's name.") var name: String
    @Option(help: "How many past occurrences to show.") var count = 10
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let store = try options.open()
        let stored = try options.find(name, in: store)
        for (title, value) in stored.lines(at: ScheduleStoreOptions.now) where !value.isEmpty {
            Terminal.line(title + String(repeating: " ", count: 10 - title.count) + value)
        }
        let occurrences = try store.occurrences(of: name, limit: max(1, count))
        if !occurrences.isEmpty { Terminal.line("") }
        for occurrence in occurrences { Terminal.line(occurrence.line) }
    }
}

/// `firedrill schedule next`: when drills are due.
struct ScheduleNext: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next", abstract: "Show when drills are due next, before jitter.")
    @Argument(help: "The schedule's name; all of them when left out.") var name: String?
    @Option(help: "How many times to show.") var count = 10
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let store = try options.open()
        let now = ScheduleStoreOptions.now
        let all =
            try name.map { [try options.find($0, in: store)] }
            ?? store.schedules().filter { !$0.schedule.isPaused }
        for due in UpcomingDrills(all.map(\.schedule), after: now).prefix(max(1, count)) {
            let zone = due.schedule.rules.zone
            Terminal.line("\(due.moment.text(in: zone)) \(zone.name)  \(due.schedule.name)")
        }
    }
}

extension StoredSchedule {
    /// Its rules with their names; an empty value for one that says nothing.
    func lines(at now: Moment) -> [(String, String)] {
        let rules = schedule.rules
        let settings = rules.settings.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        let next = rules.next(after: now)?.text(in: rules.zone) ?? "never again"
        return [
            ("playbook", ([rules.playbook] + settings).joined(separator: " ")),
            ("target", rules.target), ("when", "\(rules.trigger.text) \(rules.zone.name)"),
            ("next", schedule.isPaused ? "paused" : next),
            ("jitter", rules.jitter > .zero ? rules.jitter.text : ""),
            ("hours", rules.hours.map(\.description).joined(separator: "; ")),
            ("blackout", rules.blackouts.map(\.description).joined(separator: ", ")),
            ("overlap", rules.overlap.rawValue), ("missed", rules.missed.rawValue),
            ("deadline", rules.deadline?.text ?? ""),
            ("retries", rules.retries > 0 ? "\(rules.retries)" : ""),
            ("outside", rules.touchesOutside ? "may be touched" : ""),
            ("file", schedule.file ?? ""),
        ]
    }
}

extension Occurrence {
    /// What became of it, in one line.
    var line: String {
        var text = "\(identifier.due.iso8601)  \(state.rawValue)"
        if let exitCode { text += " with \(exitCode)" }
        if let drill { text += "  \(drill)" }
        return note.isEmpty ? text : text + "  \(note)"
    }

    /// Why it did not run, and what else is to be said of it.
    var note: String {
        var parts: [String] = []
        if identifier.attempt > 0 { parts.append("retry \(identifier.attempt)") }
        if isAskedFor { parts.append("asked for") }
        if let reason { parts.append(reason) }
        if missedBefore > 0 { parts.append("\(missedBefore) more before it") }
        return parts.joined(separator: "; ")
    }
}
