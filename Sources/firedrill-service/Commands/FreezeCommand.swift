import ArgumentParser
import Scheduler

/// `firedrill freeze`: the service begins no drill until a moment.
struct FreezeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Let the service begin no drill until a moment.",
        discussion: "Drills that run go on: 'firedrill halt' stops them.")
    @Option(help: "Until when, such as 2026-12-01T08:00; until 'firedrill thaw' when left out.")
    var until: String?
    @Option(help: "Whose clocks are meant.") var timezone = "UTC"
    @Option(help: "Why, for everybody who wonders.") var reason = ""
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let zone = try Zone(timezone)
        let end = try until.map { try Moment(iso8601: $0, in: zone) }
        let freeze = Freeze(until: end, reason: reason)
        guard freeze.isInForce(at: ScheduleStoreOptions.now) else {
            throw ValidationError("--until has passed already")
        }
        try options.open().setFreeze(freeze)
        Terminal.line(freeze.text)
    }
}

/// `firedrill thaw`: drills begin again when they are due.
struct ThawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw", abstract: "Let the service begin drills again.")
    @OptionGroup var options: ScheduleStoreOptions

    func run() throws {
        let store = try options.open()
        let stood = try store.freeze()?.isInForce(at: ScheduleStoreOptions.now) ?? false
        try store.setFreeze(nil)
        Terminal.line(stood ? "drills begin again" : "drills were not frozen")
    }
}
