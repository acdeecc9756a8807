/// Tells one due drill from every other one.
public struct OccurrenceIdentifier: Hashable, Sendable, Codable, Comparable,
    CustomStringConvertible
{
    public var schedule: String
    /// When the drill was due, before jitter; for one that was asked for, when that was.
    public var due: Moment
    /// 0, and one more for every retry.
    public var attempt: Int

    public init(schedule: String, due: Moment, attempt: Int = 0) {
        self.schedule = schedule
        self.due = due
        self.attempt = attempt
    }

    public static func < (left: OccurrenceIdentifier, right: OccurrenceIdentifier) -> Bool {
        (left.due, left.schedule, left.attempt) < (right.due, right.schedule, right.attempt)
    }

    /// The schedule and the time, with the attempt when it is not the first.
    public var description: String {
        "\(schedule) of \(due.iso8601)" + (attempt == 0 ? "" : ", retry \(attempt)")
    }
}

/// A drill that is due, from the decision to run it until its end.
public struct Occurrence: Hashable, Sendable, Codable {
    /// How far it has come.
    ///
    /// Only what is `starting` or `running` can have touched anything.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Decided, and not begun.
        case waiting
        /// Its process is about to be started, or has been, and nobody has heard of it yet.
        case starting
        case running
        /// Its drill has ended by itself; the exit code says how.
        case ended
        /// Its process or its service ended before the drill did.
        case aborted
        /// It was due and never began.
        case missed
        /// It was due and was not to begin: drills were frozen or halted.
        case skipped
    }

    public var identifier: OccurrenceIdentifier
    public var state: State
    /// Whether a person asked for it.
    public var isAskedFor: Bool
    /// The drill's identifier, once it is known.
    public var drill: String?
    /// The exit code of `firedrill run`, which is the verdict.
    public var exitCode: Int32?
    /// Why it never began, or was aborted.
    public var reason: String?
    /// How many more were missed before this one and are not kept each for itself.
    public var missedBefore: Int

    public init(
        identifier: OccurrenceIdentifier, state: State = .waiting, isAskedFor: Bool = false,
        drill: String? = nil, exitCode: Int32? = nil, reason: String? = nil, missedBefore: Int = 0
    ) {
        self.identifier = identifier
        self.state = state
        self.isAskedFor = isAskedFor
        self.drill = drill
        self.exitCode = exitCode
        self.reason = reason
        self.missedBefore = missedBefore
    }

    /// Whether it may still run or is running.
    public var isOpen: Bool { [.waiting, .starting, .running].contains(state) }
}
