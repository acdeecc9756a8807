import Records

/// The times at which a probe asks: the start and every period after it, whatever the answers take.
///
/// Pure: the times come from the caller. A time that passes while an answer is awaited is skipped,
/// never made up for, so that a slow service is not asked faster than a sound one.
struct ProbeSchedule {
    /// A run of times that passed while another question was in flight.
    struct Skipped: Equatable {
        var first: DrillTime
        var last: DrillTime
        var count: Int64
    }

    private let start: DrillTime
    private let period: Int64
    /// The number of the next time.
    private var next: Int64 = 0

    /// A schedule from `start`; a period under 1 ms counts as 1 ms.
    init(start: DrillTime, every period: Duration) {
        self.start = start
        self.period = max(Nanoseconds(period).count, 1_000_000)
    }

    /// The next time to ask at, and the times that have passed for good by `now`.
    ///
    /// A time is in time while less than a period has passed since: only older ones are skipped.
    mutating func advance(now: DrillTime) -> (due: DrillTime, skipped: Skipped?) {
        let elapsed = max(0, (now - start).count)
        let current = elapsed / period
        var skipped: Skipped?
        if current > next {
            skipped = Skipped(
                first: time(next), last: time(current - 1), count: current - next)
            next = current
        }
        let due = time(next)
        next += 1
        return (due, skipped)
    }

    private func time(_ number: Int64) -> DrillTime {
        start + Nanoseconds(number * period)
    }
}
