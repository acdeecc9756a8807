import FoundationEssentials

/// One reading of both clocks.
struct Moment: Sendable, Equatable {
    /// Milliseconds since 1970: for what must survive a restart.
    var wall: Int64
    /// Nanoseconds of a clock that never jumps and goes on during suspension: for leases.
    var monotonic: Int64
}

/// Where the service takes its time from.
struct TimeSource: Sendable {
    var now: @Sendable () -> Moment

    /// The system's wall clock and its continuous clock, which counts from the process's start.
    static let system = TimeSource {
        Moment(
            wall: Int64(Date().timeIntervalSince1970 * 1000),
            monotonic: (ContinuousClock.now - start).nanoseconds)
    }

    private static let start = ContinuousClock.now
}
