import ArgumentParser
import Scheduler

/// `firedrill schedule pause`: nothing of a schedule is due until it is resumed.
struct SchedulePause: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Run nothing of a schedule until it is resumed.")
    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let now = ScheduleStoreOptions.now
        guard try options.open().setPaused(name, true, watermark: now) else {
            throw ScheduleStoreOptions.unknown(name)
        }
        Terminal.line("\(name) is paused")
    }
}

/// `firedrill schedule resume`: a paused schedule goes on; what was due meanwhile is not made up for.
struct ScheduleResume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused schedule go on; what was due meanwhile is not made up for.")
    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let now = ScheduleStoreOptions.now
        let store = try options.open()
        guard try store.setPaused(name, false, watermark: now) else {
            throw ScheduleStoreOptions.unknown(name)
        }
        let rules = try options.find(name, in: store).schedule.rules
        let next = rules.next(after: now).map { $0.text(in: rules.zone) } ?? "never"
        Terminal.line("\(name): next \(next) \(rules.zone.name)")
    }
}

/// `firedrill schedule remove`: a schedule ends; what it ran stays in the history.
struct ScheduleRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "End a schedule; a drill that runs is not stopped.")
    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        guard try options.open().remove(name) else { throw ScheduleStoreOptions.unknown(name) }
        Terminal.line("\(name) is removed")
    }
}

/// `firedrill schedule run-now`: one drill of a schedule, as soon as there is room for it.
struct ScheduleRunNow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-now",
        abstract: "Ask the service for one drill of a schedule, as soon as there is room for it.")
    @Argument(help: "The schedule's name.") var name: String
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let store = try options.open()
        _ = try options.find(name, in: store)
        let now = ScheduleStoreOptions.now
        if let freeze = try store.freeze(), freeze.isInForce(at: now) {
            throw ScheduleError(
                attempted: "run", object: name, reason: freeze.text,
                remedy: "'firedrill thaw' lifts it")
        }
        try store.ask(for: OccurrenceIdentifier(schedule: name, due: now))
        Terminal.line(
            "\(name) is asked for; 'firedrill schedule show \(name)' tells what came of it")
    }
}
