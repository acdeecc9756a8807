/// What a ``SchedulerMachine`` is told.
public enum SchedulerEvent: Sendable {
    /// A schedule is new or has changed; everything due up to its watermark has been decided on.
    case loaded(Schedule, watermark: Moment)
    case removed(String)
    /// Time has passed.
    case timeReached
    /// These claims took effect; those that others had made before did not.
    case claimed([Claim])
    /// The store could not be asked; nothing took effect.
    case claimFailed([Claim])
    /// Occurrences that wait and that nobody runs: asked for by a person, or left by a service that
    /// ended.
    case foundWaiting([Occurrence])
    /// Occurrences that a service left in the middle; their drills are over.
    case foundAborted([Occurrence])
    /// It was looked both ways: what speaks against starting drills now, if anything does.
    case looked([OccurrenceIdentifier], objection: String?)
    /// The drill of an occurrence has said its identifier.
    case started(OccurrenceIdentifier, drill: String)
    case ended(OccurrenceIdentifier, DrillEnd)
    /// Drills are frozen, or no longer.
    case froze(Freeze?)
    /// Nothing shall begin any more, and what runs shall end.
    case stopping
}

/// How the process of a drill ended.
public enum DrillEnd: Sendable, Equatable {
    /// By itself, with the verdict as its exit code.
    case exited(Int32)
    /// It could not be started, or was killed: the reason.
    case broken(String)
}

/// A decision on everything that a schedule was due for since its watermark.
///
/// It takes effect as a whole and only where the watermark is still the expected one, so that no two
/// services decide on the same occurrence and none is lost between a decision and its record.
public struct Claim: Sendable, Equatable {
    public var schedule: String
    public var expected: Moment
    /// Everything due up to here has been decided on.
    public var watermark: Moment
    /// What will be run, or was missed or skipped.
    public var occurrences: [Occurrence]

    public init(
        schedule: String, expected: Moment, watermark: Moment, occurrences: [Occurrence]
    ) {
        self.schedule = schedule
        self.expected = expected
        self.watermark = watermark
        self.occurrences = occurrences
    }
}

/// What a ``SchedulerMachine`` wants done, in this order.
public enum SchedulerAction: Sendable, Equatable {
    /// To be made durable; answered by ``SchedulerEvent/claimed(_:)``.
    case claim([Claim])
    /// To be made durable before anything after it is done.
    case record([Occurrence])
    /// Look both ways before these are started; answered by ``SchedulerEvent/looked(_:objection:)``.
    case look([OccurrenceIdentifier])
    /// Start the drill of an occurrence.
    case start(OccurrenceIdentifier, ScheduleRules)
    /// End the drill of an occurrence early; its faults are taken out first.
    case stop(OccurrenceIdentifier)
    /// Tell those who want to know that an occurrence has come to its end.
    case announce(Occurrence)
}
