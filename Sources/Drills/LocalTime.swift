import Glibc

/// A moment of the week, by the host's clock and time zone.
struct LocalTime: Sendable, Equatable {
    /// 0 is Sunday.
    var day: Int
    /// Minutes after midnight.
    var minute: Int
    var second = 0

    static var now: LocalTime {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return LocalTime(
            day: Int(parts.tm_wday), minute: Int(parts.tm_hour) * 60 + Int(parts.tm_min),
            second: Int(parts.tm_sec))
    }
}
