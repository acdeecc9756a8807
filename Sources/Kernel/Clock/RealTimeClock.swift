import Glibc

/// CLOCK_REALTIME: the time of calendars; jumps when somebody sets it.
public enum RealTimeClock {
    /// Nanoseconds since 1970 in UTC (clock_gettime(2)).
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
