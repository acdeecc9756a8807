public import History
public import NIOSSL

/// What the console serves, and to whom.
public struct ConsoleConfiguration: Sendable {
    /// Where it listens.
    public var host = "127.0.0.1"
    /// 0 for a free one.
    public var port = 8420
    /// Whether reading needs a token on loopback too; elsewhere it always does.
    public var isPrivate = false
    /// Names beside loopback's own by which the console may be asked for.
    public var hostNames: [String] = []
    /// The certificate and its key; nil for HTTP.
    public var tls: TLSConfiguration?
    /// The only directory that playbooks are run from; nil when none are.
    public var playbookDirectory: String?
    /// Where drills leave their evidence; asked each time, for new places come up.
    public var places: @Sendable () -> [EvidencePlace]
    /// Checks the text of a playbook; returns its problems, a line each.
    public var validate: @Sendable (_ text: [UInt8], _ name: String) -> [String]
    public var control: DrillControl
    /// What will run next; none without a scheduler.
    public var upcoming: @Sendable () throws -> [UpcomingDrill]
    /// What can be done with schedules; nil where this service runs none.
    public var schedules: ScheduleControl?
    /// How many drills were due and did not run; none without a scheduler.
    public var missed: @Sendable () throws -> Int
    /// Nanoseconds since 1970.
    public var clock: @Sendable () -> Int64

    public init(
        places: @escaping @Sendable () -> [EvidencePlace], control: DrillControl,
        validate: @escaping @Sendable (_ text: [UInt8], _ name: String) -> [String],
        clock: @escaping @Sendable () -> Int64
    ) {
        self.places = places
        self.control = control
        self.validate = validate
        self.clock = clock
        upcoming = { [] }
        missed = { 0 }
    }

    /// Whether nobody but this host can reach it.
    var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }

    /// Whether reading needs a token.
    var readingNeedsToken: Bool { isPrivate || !isLoopback }
}

/// A drill that a schedule will begin.
public struct UpcomingDrill: Sendable, Equatable {
    public var schedule: String
    public var playbook: String
    /// Nanoseconds since 1970.
    public var at: Int64
    /// Why it will not run then, or what is special about it; empty for nothing.
    public var note: String

    public init(schedule: String, playbook: String, at: Int64, note: String = "") {
        self.schedule = schedule
        self.playbook = playbook
        self.at = at
        self.note = note
    }
}
