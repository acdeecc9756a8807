import FoundationEssentials
import Glibc

/// One reading of both clocks.
struct Moment: Sendable, Equatable {
    /// Milliseconds since 1970: for what must survive a restart, here or on another machine.
    var wall: Int64
    /// Nanoseconds of a clock that never jumps and goes on during suspension: for leases.
    var monotonic: Int64
}

/// Where the service takes its time from.
struct TimeSource: Sendable {
    var now: @Sendable () -> Moment

    /// The system's wall clock and its continuous clock, which counts from the process's start.
    static let system = TimeSource {
        Moment(wall: sinceEpoch, monotonic: (ContinuousClock.now - start).nanoseconds)
    }

    /// The weakness `uptime-timestamps`: what must survive a restart is counted from the machine's
    /// start, and is out of all proportion when that was another one.
    static let uptime = TimeSource {
        Moment(wall: sinceBoot, monotonic: (ContinuousClock.now - start).nanoseconds)
    }

    /// Milliseconds since 1970.
    static var sinceEpoch: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    /// Milliseconds since the machine's start, suspension included (CLOCK_BOOTTIME).
    static var sinceBoot: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static let start = ContinuousClock.now
}
