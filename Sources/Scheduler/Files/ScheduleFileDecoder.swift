public import Playbooks

/// Reads a schedule from a YAML file; its name is the file's, without the extension.
///
/// The keys are the options of `firedrill schedule add`; a relative playbook lies beside the file.
public struct ScheduleFileDecoder {
    private let target: (_ path: String, _ settings: [String: String]) throws -> String

    /// - Parameter target: says what a playbook with these settings disturbs, or throws why it is
    ///   no playbook.
    public init(target: @escaping (_ path: String, _ settings: [String: String]) throws -> String) {
        self.target = target
    }

    /// Reads the file at a path; throws every problem with its line and column.
    ///
    /// - Parameter now: what `every` counts from.
    public func decode(fileAt path: String, now: Moment) throws(PlaybookProblems) -> Schedule {
        try decode(try PlaybookFile.bytes(at: path), file: path, now: now)
    }

    /// Reads the bytes of a file.
    public func decode(
        _ bytes: [UInt8], file: String, now: Moment
    ) throws(PlaybookProblems) -> Schedule {
        let settings = try SettingsDecoder(title: "the schedule", parameters: Self.grammar)
            .decode(bytes, file: file)
        let arguments = settings.arguments
        let text = try text(settings, file: file)
        guard [text.cron, text.every, text.at].compactMap({ $0 }).count == 1 else {
            throw settings.problem("playbook", "the schedule needs one of cron, every and at")
        }
        do {
            var schedule = try text.schedule(now: now, target: target)
            schedule.file = file
            schedule.isPaused = arguments.boolean("paused") ?? false
            schedule.rules.overlap = word(arguments, "overlap") ?? .forbid
            schedule.rules.missed = word(arguments, "missed") ?? .skip
            schedule.rules.retries = Int(arguments.integer("retries") ?? 0)
            schedule.rules.touchesOutside = arguments.boolean("outside") ?? false
            guard schedule.rules.next(after: now) != nil else {
                throw settings.problem("playbook", "nothing would ever be due")
            }
            return schedule
        } catch let problems as PlaybookProblems {
            throw problems
        } catch let mistake as ScheduleText.Mistake {
            throw settings.problem(mistake.key, mistake.description)
        } catch {
            throw settings.problem("playbook", "\(error)")
        }
    }

    private func text(_ settings: Settings, file: String) throws(PlaybookProblems) -> ScheduleText {
        let arguments = settings.arguments
        var playbook = arguments.string("playbook") ?? ""
        if !playbook.hasPrefix("/") {
            let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
            playbook = folder + playbook
        }
        var text = ScheduleText(playbook: playbook)
        text.name = PlaybookDecoder.name(ofFileAt: file)
        text.cron = arguments.string("cron")
        text.every = arguments.string("every")
        text.at = arguments.string("at")
        text.timezone = arguments.string("timezone") ?? "UTC"
        text.jitter = arguments.string("jitter")
        text.hours = arguments.strings("hours") ?? []
        text.blackouts = arguments.strings("blackout") ?? []
        text.deadline = arguments.string("deadline")
        for setting in arguments.strings("set") ?? [] {
            guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
                throw settings.problem("set", "'\(setting)' is not written as name=value")
            }
            text.settings[String(setting[..<equals])] = String(
                setting[setting.index(after: equals)...])
        }
        return text
    }

    private func word<Word: RawRepresentable>(_ arguments: Arguments, _ key: String) -> Word?
    where Word.RawValue == String {
        arguments.string(key).flatMap(Word.init(rawValue:))
    }

    private static let grammar: [ParameterDeclaration] = [
        .init("playbook", .string, "The playbook's file.", isRequired: true),
        .init("cron", .string, "Times of the calendar."),
        .init("every", .string, "Every so often."),
        .init("at", .string, "Once."),
        .init("timezone", .string, "Whose clocks are meant."),
        .init("jitter", .string, "How much later a drill may start by choice."),
        .init("hours", .list(.string), "When drills may be due."),
        .init("blackout", .list(.string), "Days on which none is due."),
        .init(
            "overlap", .choice(OverlapPolicy.allCases.map(\.rawValue)),
            "While the drill before still runs."),
        .init(
            "missed", .choice(MissedPolicy.allCases.map(\.rawValue)),
            "What was due while nobody could run it."),
        .init("deadline", .string, "How late is in time."),
        .init("retries", .integer(0...10), "How often to run again what said nothing."),
        .init("set", .list(.string), "Values of the playbook's variables, name=value."),
        .init("outside", .boolean, "Whether drills may touch what they did not start."),
        .init("paused", .boolean, "Whether nothing is due for now."),
    ]
}
