/// A schedule as a store keeps it.
public struct StoredSchedule: Sendable, Equatable {
    public var schedule: Schedule
    /// Everything due up to here has been decided on.
    public var watermark: Moment

    public init(schedule: Schedule, watermark: Moment) {
        self.schedule = schedule
        self.watermark = watermark
    }
}

/// What has changed in a store since somebody last looked.
public enum ScheduleChange: Sendable, Equatable {
    /// New or changed.
    case put(StoredSchedule)
    case removed(name: String)
}

/// What a service finds that another one left.
public struct Leftovers: Sendable {
    /// Nothing had begun; they are the asking service's now.
    public var waiting: [Occurrence]
    /// Were recorded as aborted by the asking.
    public var aborted: [Occurrence]

    public init(waiting: [Occurrence] = [], aborted: [Occurrence] = []) {
        self.waiting = waiting
        self.aborted = aborted
    }
}

/// Where schedules, their watermarks and what came of them are kept durably.
///
/// Every call is one transaction, and what it wrote is on disk when it returns. Calls wait for the
/// disk on the caller's thread. Several processes may use a store at once; each occurrence has one
/// owner, the service that claimed it.
public protocol ScheduleStore: Sendable {
    /// How long a service may be silent before others take over what it owns; nil when they never do.
    var lease: Duration? { get }
    /// Adds schedules, or changes those of their names, whose watermarks then move to `watermark`.
    ///
    /// - Parameter replacing: false throws where a name is taken.
    func put(_ schedules: [Schedule], watermark: Moment, replacing: Bool) throws
    /// Takes a schedule out; false when there is none. Its past occurrences stay.
    func remove(_ name: String) throws -> Bool
    /// Pauses a schedule or lets it go on from `watermark`; false when there is none.
    func setPaused(_ name: String, _ isPaused: Bool, watermark: Moment) throws -> Bool
    /// One schedule; nil when there is none.
    func schedule(_ name: String) throws -> StoredSchedule?
    /// Tells what changed after a revision, or everything that is there for nil, one by one.
    ///
    /// Returns the revision to ask for next. `body` must not use the store.
    func readChanges(
        since revision: Int64?, _ body: (ScheduleChange) throws -> Void
    ) throws -> Int64

    /// Puts an order in force that no drill begins, or lifts it.
    func setFreeze(_ freeze: Freeze?) throws
    func freeze() throws -> Freeze?

    /// Asks for one occurrence of a schedule now; whichever service looks first runs it.
    func ask(for identifier: OccurrenceIdentifier) throws
    /// Makes decisions effective: returns those whose watermark still was the expected one.
    func claim(_ claims: [Claim]) throws -> [Claim]
    /// Keeps the state of occurrences, which are this service's.
    func record(_ occurrences: [Occurrence]) throws
    /// Takes over what nobody runs any more, at `now`.
    func takeOver(at now: Moment) throws -> Leftovers
    /// Says that this service still lives, at `now`; what it owns is not taken over meanwhile.
    func renew(at now: Moment) throws

    /// Takes over what has come to its end and was told to nobody, of this service and of those
    /// that are gone; the earliest due first, at most `limit`.
    ///
    /// It comes again until ``noteTold(_:)``, after a crash too.
    func takeUntold(limit: Int) throws -> [Occurrence]
    /// Notes that whoever wanted to know of these knows.
    func noteTold(_ occurrences: [OccurrenceIdentifier]) throws

    /// The last occurrences, newest first, of one schedule or of all.
    func occurrences(of schedule: String?, limit: Int) throws -> [Occurrence]
    /// Forgets occurrences that ended and were due before a moment; returns how many.
    func forget(before moment: Moment) throws -> Int
}

/// A store whose services share more than schedules: texts that they know by their names.
public protocol SharedNotes: Sendable {
    /// Turns a note, nil where there is none yet, into another one, as one transaction; the other
    /// services wait meanwhile.
    func changeNote(_ name: String, _ body: (String?) throws -> String?) throws
}

extension ScheduleStore {
    /// Adds one schedule, or changes the one of its name.
    public func put(_ schedule: Schedule, watermark: Moment, replacing: Bool) throws {
        try put([schedule], watermark: watermark, replacing: replacing)
    }

    /// Every schedule, in the order of the names.
    public func schedules() throws -> [StoredSchedule] {
        var all: [StoredSchedule] = []
        _ = try readChanges(since: nil) { change in
            if case .put(let stored) = change { all.append(stored) }
        }
        return all
    }
}
