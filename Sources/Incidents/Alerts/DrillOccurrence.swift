public import Records

/// What a schedule sees of its drills: one ended, or one did not run.
public enum DrillOccurrence: Sendable, Equatable {
    case ended(EndedDrill)
    case missed(MissedDrill)
    case aborted(AbortedDrill)
}

/// A drill that died, or whose service did, before it had a verdict.
public struct AbortedDrill: Sendable, Equatable {
    public var playbook: String
    public var schedule: String
    /// When it was due, nanoseconds since 1970, and which retry it was.
    public var dueAt: Int64
    public var attempt: Int
    /// Nil when it died before anybody knew its name.
    public var drill: String?
    /// One sentence: how it ended.
    public var reason: String

    public init(
        playbook: String, schedule: String, dueAt: Int64, attempt: Int, drill: String?,
        reason: String
    ) {
        self.playbook = playbook
        self.schedule = schedule
        self.dueAt = dueAt
        self.attempt = attempt
        self.drill = drill
        self.reason = reason
    }
}

/// A drill that came to its end, in the words that alerts need.
public struct EndedDrill: Sendable, Equatable {
    public var playbook: String
    public var drill: String
    public var outcome: Outcome
    public var reason: String
    /// The names of the checks that were broken.
    public var brokenChecks: [String]
    /// Whether a fault is, or may be, still in.
    public var leftResidue: Bool
    /// Nanoseconds since 1970.
    public var endedAt: Int64

    public init(
        playbook: String, drill: String, outcome: Outcome, reason: String,
        brokenChecks: [String] = [], leftResidue: Bool = false, endedAt: Int64
    ) {
        self.playbook = playbook
        self.drill = drill
        self.outcome = outcome
        self.reason = reason
        self.brokenChecks = brokenChecks
        self.leftResidue = leftResidue
        self.endedAt = endedAt
    }

    /// A drill as its records tell of it.
    public init(_ header: DrillHeader, _ verdict: Verdict) {
        self.init(
            playbook: header.playbook, drill: header.identifier, outcome: verdict.outcome,
            reason: verdict.reason,
            brokenChecks: verdict.checks.filter { $0.status == .broken }.map(\.check),
            leftResidue: verdict.faults.contains { $0.undo == .residual },
            endedAt: header.startedAt &+ verdict.endedAt.nanoseconds)
    }
}

/// A drill that was due and did not run.
public struct MissedDrill: Sendable, Equatable {
    public var playbook: String
    public var schedule: String
    /// When it should have run; nanoseconds since 1970.
    public var dueAt: Int64
    /// One sentence: why it did not.
    public var reason: String
    /// When that was noticed, the same each time that it is told; nanoseconds since 1970.
    public var noticedAt: Int64

    public init(
        playbook: String, schedule: String, dueAt: Int64, reason: String, noticedAt: Int64
    ) {
        self.playbook = playbook
        self.schedule = schedule
        self.dueAt = dueAt
        self.reason = reason
        self.noticedAt = noticedAt
    }
}
