import Playbooks
import Records

/// Everything that a schedule is due for between its watermark and now.
struct DueTimes {
    /// The most that are kept each for itself.
    static let most = 100

    /// The last of them, in order.
    private(set) var times: [Moment] = []
    /// How many more there were before.
    private(set) var omitted = 0
    /// The last of those.
    private(set) var lastOmitted: Moment?
    /// The first that is still to come.
    private(set) var next: Moment?

    /// - Parameters:
    ///   - first: the first due time after the watermark.
    ///   - jitter: by how much a due time is put off.
    init(from first: Moment, to now: Moment, of rules: ScheduleRules, jitter: (Moment) -> Duration)
    {
        var due: Moment? = first
        var rounds = 0
        while let time = due, time + jitter(time) <= now {
            times.append(time)
            if times.count >= 2 * Self.most { drop() }
            due = rules.next(after: time)
            rounds += 1
            // A drill a second for a month is not worth counting to the last.
            if rounds == 20_000, let later = rules.next(after: now + .seconds(-3600)) {
                due = max(later, due ?? later)
            }
        }
        next = due
        drop()
    }

    private mutating func drop() {
        let excess = times.count - Self.most
        guard excess > 0 else { return }
        lastOmitted = times[excess - 1]
        times.removeFirst(excess)
        omitted += excess
    }
}

/// By how much due times are put off, so that schedules of the same minute spread.
struct Jitter: Sendable {
    var seed: UInt64

    /// From zero to the schedule's jitter; the same for the same seed, schedule and due time.
    func delay(_ rules: ScheduleRules, _ schedule: String, at due: Moment) -> Duration {
        guard rules.jitter > .zero else { return .zero }
        var generator = SeededGenerator(
            seed: seed &+ UInt64(bitPattern: due.seconds), stream: schedule)
        return .nanoseconds(Int64.random(in: 0...rules.jitter.nanoseconds, using: &generator))
    }
}
