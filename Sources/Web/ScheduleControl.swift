/// A playbook that is run again and again, as the console shows it.
public struct ScheduleEntry: Sendable, Equatable {
    public var name: String
    public var playbook: String
    /// When it is due, in words: `cron 0 10 * * MON-THU Europe/Berlin`.
    public var text: String
    /// When it is due next, in nanoseconds since 1970; nil for never.
    public var next: Int64?
    public var isPaused: Bool
    /// The file that declares it; nil when a command or the console did.
    public var file: String?

    public init(
        name: String, playbook: String, text: String, next: Int64?, isPaused: Bool,
        file: String? = nil
    ) {
        self.name = name
        self.playbook = playbook
        self.text = text
        self.next = next
        self.isPaused = isPaused
        self.file = file
    }
}

/// What the console may do with schedules: the service's part of it.
public struct ScheduleControl: Sendable {
    /// What becomes of one schedule.
    public enum Change: String, Sendable, CaseIterable {
        case pause, resume, run, remove
    }

    /// Every schedule, in the order of the names.
    public var list: @Sendable () throws -> [ScheduleEntry]
    /// Keeps what a schedule's YAML says; returns its problems when it is not valid.
    ///
    /// No playbook is read but one that `mayRun` says yes to: an error would tell of its text.
    public var keep:
        @Sendable (
            _ text: [UInt8], _ name: String, _ replaces: Bool,
            _ mayRun: @escaping @Sendable (_ playbook: String) -> Bool
        ) throws -> [String]
    /// The order that no drill begins, in one sentence; nil when there is none.
    public var freeze: @Sendable () throws -> String?
    /// Gives that order until a moment of ISO 8601, in UTC, or for good; lifts it without a reason.
    ///
    /// Says what holds then in one sentence, and throws when the moment is none or has passed.
    public var setFreeze: @Sendable (_ until: String?, _ reason: String?) throws -> String
    /// Changes one schedule and says so in one sentence; nil when there is none of this name.
    public var change: @Sendable (_ name: String, _ change: Change) throws -> String?

    /// One schedule with its rules, its next `count` moments and what came of it; nil for none.
    public var details: @Sendable (_ name: String, _ count: Int) throws -> ScheduleDetails?
    /// A schedule as a form has it; nil when there is none, throws when no form may change it.
    public var draft: @Sendable (_ name: String) throws -> ScheduleDraft?
    /// Says what a draft comes to, and keeps it if it is to be kept and nothing is wrong.
    public var review:
        @Sendable (_ draft: ScheduleDraft, _ order: DraftOrder) throws -> ScheduleReview
    /// The names of the time zones, to choose from.
    public var timeZones: @Sendable () -> [String]

    /// What is to be done with a draft.
    public struct DraftOrder: Sendable {
        /// The playbook's file; nil when there is none of the draft's name.
        public var playbook: String?
        /// The schedule that it changes; nil for a new one.
        public var replaced: String?
        public var isKept: Bool

        public init(playbook: String?, replaced: String?, isKept: Bool) {
            self.playbook = playbook
            self.replaced = replaced
            self.isKept = isKept
        }
    }

    public init(
        list: @escaping @Sendable () throws -> [ScheduleEntry],
        keep:
            @escaping @Sendable (
                _ text: [UInt8], _ name: String, _ replaces: Bool,
                _ mayRun: @escaping @Sendable (_ playbook: String) -> Bool
            ) throws -> [String],
        freeze: @escaping @Sendable () throws -> String?,
        setFreeze: @escaping @Sendable (_ until: String?, _ reason: String?) throws -> String,
        change: @escaping @Sendable (_ name: String, _ change: Change) throws -> String?,
        details: @escaping @Sendable (_ name: String, _ count: Int) throws -> ScheduleDetails?,
        draft: @escaping @Sendable (_ name: String) throws -> ScheduleDraft?,
        review:
            @escaping @Sendable (
                _ draft: ScheduleDraft, _ order: DraftOrder
            ) throws -> ScheduleReview,
        timeZones: @escaping @Sendable () -> [String]
    ) {
        self.list = list
        self.keep = keep
        self.freeze = freeze
        self.setFreeze = setFreeze
        self.change = change
        self.details = details
        self.draft = draft
        self.review = review
        self.timeZones = timeZones
    }
}
