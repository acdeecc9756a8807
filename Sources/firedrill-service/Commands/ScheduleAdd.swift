import ArgumentParser
import Drills
import Foundation
import Playbooks
import Scheduler

/// `firedrill schedule add`: a playbook is run again and again from now on.
struct ScheduleAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Run a playbook again and again, or once at a time.",
        discussion: """
            Give one of --cron, --every and --at. A cron expression has five fields (minute, hour, \
            day of month, month, day of week) or six with the seconds first. The day of month may be \
            L (the last), L-3, 15W (the workday nearest to the 15th) or LW; the day of week FRIL (the \
            last Friday) or MON#2 (the second Monday), with 1 for Monday and 0 or 7 for Sunday.
            """)

    @Argument(help: "The playbook's file.", completion: .file(extensions: ["yaml", "yml"]))
    var playbook: String

    @Option(help: "Times of the calendar, such as '0 10 * * MON-THU' or @daily.")
    var cron: String?
    @Option(help: "Every so often, such as 6h or '90 min'.")
    var every: String?
    @Option(help: "Once, such as 2026-12-01T10:00.")
    var at: String?

    @Option(help: "The schedule's name (default: the playbook's).")
    var name: String?
    @Option(help: "Whose clocks are meant, such as Europe/Berlin.")
    var timezone = "UTC"
    @Option(help: "Start so much later at most, chosen by the schedule's name.")
    var jitter: String?
    @Option(help: "Only in these hours, such as 'MON-FRI 09:00-17:00'; repeatable.")
    var hours: [String] = []
    @Option(help: "Not on these days, such as 2026-12-24..2027-01-02; repeatable.")
    var blackout: [String] = []
    @Option(help: "While the drill before still runs: forbid, queue or replace.")
    var overlap = OverlapPolicy.forbid
    @Option(help: "What was due while nobody could run it: skip, once or all.")
    var missed = MissedPolicy.skip
    @Option(help: "How late a drill may start and still be in time.")
    var deadline: String?
    @Option(help: "Run a drill again that said nothing about its hypothesis, so often at most.")
    var retries = 0
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Sets one of the playbook's variables.", valueName: "name=value"))
    var settings: [String] = []
    @Flag(name: .shortAndLong, help: "Drills may touch what they did not start themselves.")
    var yes = false
    @OptionGroup var options: ScheduleStoreOptions

    func validate() throws {
        guard [cron, every, at].compactMap({ $0 }).count == 1 else {
            throw ValidationError("give one of --cron, --every and --at")
        }
        guard (0...10).contains(retries) else { throw ValidationError("--retries is 0 to 10") }
    }

    func run() throws {
        let now = ScheduleStoreOptions.now
        var text = ScheduleText(playbook: playbook)
        text.name = name
        text.cron = cron
        text.every = every
        text.at = at
        text.timezone = timezone
        text.jitter = jitter
        text.hours = hours
        text.blackouts = blackout
        text.deadline = deadline
        text.settings = try Self.settings(settings)
        var schedule: Schedule
        do {
            schedule = try text.schedule(now: now, target: TargetOfPlaybook.find)
        } catch let mistake as ScheduleText.Mistake {
            throw ValidationError(mistake.description)
        }
        schedule.rules.overlap = overlap
        schedule.rules.missed = missed
        schedule.rules.retries = retries
        schedule.rules.touchesOutside = yes
        guard let next = schedule.rules.next(after: now) else {
            throw ScheduleError(
                attempted: "add the schedule", object: schedule.name,
                reason: "nothing would ever be due", remedy: "look at its times, hours and days")
        }
        let store = try options.open()
        try store.put(schedule, watermark: now, replacing: false)
        Terminal.line(
            "\(schedule.name): next \(next.text(in: schedule.rules.zone)) \(schedule.rules.zone.name)"
        )
    }

    static func settings(_ texts: [String]) throws -> [String: String] {
        var values: [String: String] = [:]
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("--set \(text): write it as name=value")
            }
            values[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return values
    }
}
