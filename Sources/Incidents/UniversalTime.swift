import FoundationEssentials

/// Wall time in UTC as text.
enum UniversalTime {
    private static let calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `2026-11-21T02:38:12Z` (RFC 3339) of a time in nanoseconds since 1970.
    static func text(_ nanoseconds: Int64) -> String {
        let parts = digits(nanoseconds)
        return parts[0...2].joined(separator: "-") + "T" + parts[3...5].joined(separator: ":") + "Z"
    }

    /// `20261121023812` of a time in nanoseconds since 1970.
    static func compact(_ nanoseconds: Int64) -> String { digits(nanoseconds).joined() }

    /// Year, month, day, hour, minute and second of a time in seconds since 1970.
    static func parts(secondsSince1970 seconds: Int64) -> [Int] {
        let date = Date(timeIntervalSince1970: Double(seconds))
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: date)
        return [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second]
            .map { $0 ?? 0 }
    }

    /// Reads a date of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7); nanoseconds
    /// since 1970, nil for another form.
    static func nanoseconds(ofDate text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (1970...9999).contains(year) else { return nil }
        let date = calendar.date(
            from: DateComponents(
                year: year, month: month + 1, day: day, hour: time[0], minute: time[1],
                second: time[2]))
        return date.map { Int64($0.timeIntervalSince1970) * 1_000_000_000 }
    }

    private static func digits(_ nanoseconds: Int64) -> [String] {
        let parts = parts(secondsSince1970: nanoseconds / 1_000_000_000)
        return zip(parts, [4, 2, 2, 2, 2, 2]).map { value, width in
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
    }
}
