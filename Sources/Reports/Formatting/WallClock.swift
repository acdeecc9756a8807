public import Records

/// The wall time of a drill's moments, in UTC, from the one stamp that the header keeps.
public struct WallClock: Sendable {
    /// Nanoseconds since 1970.
    public let start: Int64

    /// - Parameter start: nanoseconds since 1970.
    public init(start: Int64) {
        self.start = start
    }

    /// `2026-11-21T02:38:12.345Z`.
    public func stamp(_ time: DrillTime) -> String {
        "\(date(time))T\(clock(time))Z"
    }

    /// `2026-11-21`.
    public func date(_ time: DrillTime) -> String {
        let days = floorDivide(moment(time), 86_400_000_000_000)
        let (year, month, day) = WallClock.civil(days)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    /// `02:38:12.345`; whole seconds when `milliseconds` is false.
    public func clock(_ time: DrillTime, milliseconds: Bool = true) -> String {
        let moment = moment(time)
        // The product may wrap near the ends of Int64; the difference is right all the same.
        let day = moment &- floorDivide(moment, 86_400_000_000_000) &* 86_400_000_000_000
        let seconds = Int(day / 1_000_000_000)
        let text = "\(pad(seconds / 3600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2))"
        guard milliseconds else { return text }
        return text + "." + pad(Int(day % 1_000_000_000 / 1_000_000), 3)
    }

    /// `+12.345 s` since the start of the drill; whole milliseconds, as ``clock(_:milliseconds:)``.
    public static func offset(_ time: DrillTime) -> String {
        let milliseconds = time.nanoseconds / 1_000_000
        let sign = milliseconds < 0 ? "−" : "+"
        return sign + Format.decimal(Double(milliseconds.magnitude) / 1000, digits: 3) + " s"
    }

    private func moment(_ time: DrillTime) -> Int64 { start &+ time.nanoseconds }

    private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// The date of a number of days since 1970 in the proleptic Gregorian calendar.
    ///
    /// The algorithm is `civil_from_days` of https://howardhinnant.github.io/date_algorithms.html.
    static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
