import CLinux

/// CLOCK_BOOTTIME: the time of deadlines; runs on while the machine is suspended.
public enum BootClock {
    /// Nanoseconds since boot (clock_gettime(2)).
    public static var now: Int64 { clinux_boottime_now() }
}
