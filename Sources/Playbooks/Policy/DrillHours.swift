/// A span of hours on some days of the week: `MON-FRI 09:00-17:00`.
///
/// In the host's local time. A span that ends before it begins goes on into the next day.
public struct DrillHours: Sendable, Hashable, CustomStringConvertible {
    /// Days on which a span begins: 0 is Sunday.
    public var days: Set<Int>
    /// Minutes after midnight.
    public var start: Int
    public var end: Int

    private static let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// Reads `MON-FRI 09:00-17:00`, `SAT,SUN 22:00-06:00` or `09:00-17:00`; nil when it is no span.
    public init?(_ text: String) {
        let words = text.uppercased().split(separator: " ")
        guard let span = words.last, words.count <= 2 else { return nil }
        let times = span.split(separator: "-", omittingEmptySubsequences: false).map(Self.minutes)
        guard times.count == 2, let start = times[0], let end = times[1], start != end else {
            return nil
        }
        (self.start, self.end) = (start, end)
        guard words.count == 2 else {
            days = Set(0..<7)
            return
        }
        var days: Set<Int> = []
        for part in words[0].split(separator: ",", omittingEmptySubsequences: false) {
            guard let some = Self.days(in: part) else { return nil }
            days.formUnion(some)
        }
        self.days = days
    }

    /// Whether a moment lies in the span.
    ///
    /// - Parameters:
    ///   - day: 0 is Sunday.
    ///   - minute: minutes after midnight.
    public func contains(day: Int, minute: Int) -> Bool {
        if start < end { return days.contains(day) && (start..<end).contains(minute) }
        let yesterday = (day + 6) % 7
        return days.contains(day) && minute >= start || days.contains(yesterday) && minute < end
    }

    public var description: String {
        let days =
            days.count == 7
            ? ""
            : days.sorted().map { Self.names[$0] }
                .joined(separator: ",") + " "
        return days + Self.text(start) + "-" + Self.text(end)
    }

    private static func days(in part: Substring) -> [Int]? {
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
            names.firstIndex(of: String($0))
        }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1]
        else { return nil }
        return (0...((last - first + 7) % 7)).map { (first + $0) % 7 }
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 2, let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0...24).contains(hour), (0..<60).contains(minute),
            hour * 60 + minute <= 24 * 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func text(_ minutes: Int) -> String {
        let (hour, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }
}
