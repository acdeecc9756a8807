import Glibc

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

    /// The kernel's CLOCK_REALTIME and CLOCK_BOOTTIME; see clock_gettime(2).
    static let system = TimeSource {
        Moment(
            wall: read(CLOCK_REALTIME) / 1_000_000, monotonic: read(CLOCK_BOOTTIME))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
