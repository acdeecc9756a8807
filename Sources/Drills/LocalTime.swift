import Glibc

/// A moment of the week, by the host's clock and time zone.
public struct LocalTime: Sendable, Equatable {
    /// 0 is Sunday.
    var day: Int
    /// Minutes after midnight.
    var minute: Int
    var second = 0

    /// Has this process go by the host's time zone, `/etc/localtime`, whatever its caller's `TZ` says:
    /// the hours of a policy are the host's.
    ///
    /// To be called before there is a second thread, which could be reading the environment.
    public static func useTheHostsZone() {
        unsetenv("TZ")
        tzset()
    }

    static var now: LocalTime {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return LocalTime(
            day: Int(parts.tm_wday), minute: Int(parts.tm_hour) * 60 + Int(parts.tm_min),
            second: Int(parts.tm_sec))
    }
}
