import Glibc

/// The text of a Date header (RFC 9110, 5.6.7), made once a second at most.
struct HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private var seconds = Int.min
    private var text = ""

    /// The text for a time in milliseconds since 1970.
    mutating func text(at wall: Int64) -> String {
        guard wall / 1000 != seconds else { return text }
        seconds = Int(wall / 1000)
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let day = "\(Self.days[Int(parts.tm_wday)]), \(Self.padded(parts.tm_mday))"
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(Self.padded)
        text =
            "\(day) \(Self.months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
            + clock.joined(separator: ":") + " GMT"
        return text
    }

    private static func padded(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
