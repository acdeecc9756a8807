/// A schedule as somebody fills in a form: texts that are yet to be read.
public struct ScheduleDraft: Sendable, Equatable {
    /// What there is to fill in; the names are the keys of schedules' YAML files.
    public enum Field: String, Sendable, CaseIterable {
        case playbook, name, cron, every, at, timezone, jitter, hours, blackout, deadline
        case overlap, missed, retries, set

        /// Whether it takes several values, a line each.
        public var isList: Bool { [.hours, .blackout, .set].contains(self) }
    }

    private var values: [Field: String] = [:]

    public init() {}

    /// Takes the fields of a form; what is unknown is passed over.
    init(fields: [String: String]) {
        for field in Field.allCases { self[field] = fields[field.rawValue] ?? "" }
    }

    /// What is filled in, without space around it; empty for nothing.
    public subscript(field: Field) -> String {
        get { values[field] ?? "" }
        set {
            let spaces: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
            let start = newValue.drop { spaces.contains($0) }
            let end = start.lastIndex { !spaces.contains($0) }
            values[field] = end.map { String(start[...$0]) }
        }
    }

    /// The lines of a field that has several values.
    public func lines(_ field: Field) -> [String] {
        self[field].split(whereSeparator: \.isNewline)
            .map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.map(String.init)
    }
}

/// A moment at which a drill is due.
public struct ScheduledMoment: Sendable, Equatable {
    /// Nanoseconds since 1970.
    public var at: Int64
    /// What clocks of the schedule's zone show then: `2026-11-21T11:15:00 Europe/Berlin`.
    public var local: String

    public init(at: Int64, local: String) {
        self.at = at
        self.local = local
    }
}

/// What a draft comes to.
public struct ScheduleReview: Sendable, Equatable {
    /// What is wrong, a sentence for each field; nothing is kept then.
    public var problems: [ScheduleDraft.Field: String] = [:]
    /// When drills would be due next; empty when there are problems.
    public var next: [ScheduledMoment] = []
    /// The schedule's name.
    public var name = ""

    public init() {}
}

/// One schedule with what came of it.
public struct ScheduleDetails: Sendable, Equatable {
    /// What became of a drill that was due.
    public struct Past: Sendable, Equatable {
        /// Nanoseconds since 1970.
        public var due: Int64
        /// `ended`, `missed`, `aborted`, ...
        public var state: String
        /// Nil where none began.
        public var drill: String?
        /// The drill's exit code, which is its verdict.
        public var exitCode: Int32?
        /// Why it did not run, and what else is to be said.
        public var note: String

        public init(due: Int64, state: String, drill: String?, exitCode: Int32?, note: String) {
            self.due = due
            self.state = state
            self.drill = drill
            self.exitCode = exitCode
            self.note = note
        }
    }

    /// One of its rules with its name: `overlap`, `forbid`.
    public struct Rule: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var entry: ScheduleEntry
    public var rules: [Rule]
    /// When drills are due next; none while it is paused.
    public var next: [ScheduledMoment]
    /// Newest first.
    public var past: [Past]

    public init(entry: ScheduleEntry, rules: [Rule], next: [ScheduledMoment], past: [Past]) {
        self.entry = entry
        self.rules = rules
        self.next = next
        self.past = past
    }
}
