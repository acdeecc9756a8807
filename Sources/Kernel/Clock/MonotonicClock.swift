import CLinux

/// CLOCK_MONOTONIC: the time of a drill; stands still while the machine is suspended.
public enum MonotonicClock {
    /// Nanoseconds since an arbitrary start (clock_gettime(2)).
    public static var now: Int64 { clinux_monotonic_now() }
}
