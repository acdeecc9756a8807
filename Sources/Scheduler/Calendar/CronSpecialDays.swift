/// The days of cron expressions that are no numbers: `L`, `15W`, `MON#2`, `5L`.
///
/// In the day of month `L` is the last day, `L-3` the third before it, `15W` the day from Monday to
/// Friday that is nearest to the 15th within its month, and `LW` the last such day. The 31st with `W`
/// means the last day where a month is shorter. In the day of week `MON#2` is the second Monday of
/// the month, for which a month without a fifth has no `MON#5`, and `5L` or `FRIL` the last Friday;
/// `L5` says the same. Numbers of days are cron's, and not Quartz': 1 is Monday.
struct CronSpecialDays: Sendable, Equatable {
    /// Bit n: the day n days before the last one.
    private(set) var beforeLast: UInt64 = 0
    /// Bit n: the day from Monday to Friday nearest to day n; bit 0: nearest to the last one.
    private(set) var nearest: UInt64 = 0
    /// Bit 8 w + n: the n-th weekday w of a month; n is 0 for the last one.
    private(set) var counted: UInt64 = 0

    /// Whether there are none.
    var isEmpty: Bool { beforeLast | nearest | counted == 0 }

    /// Takes in the text of the day of month; returns the days that are plain numbers.
    mutating func takeDays(_ text: Substring) throws(CronMistake) -> UInt64 {
        var plain: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let letters = part.uppercased()
            if letters == "LW" {
                nearest |= 1
            } else if letters == "L" {
                beforeLast |= 1
            } else if letters.hasPrefix("L-") {
                beforeLast |= 1 << UInt64(try Self.number(letters.dropFirst(2), 0...30, of: part))
            } else if letters.hasSuffix("W") {
                nearest |= 1 << UInt64(try Self.number(letters.dropLast(), 1...31, of: part))
            } else {
                plain |= try CronField.day.mask(part)
            }
        }
        return plain
    }

    /// Takes in the text of the day of week; returns the days that are plain ones.
    mutating func takeWeekdays(_ text: Substring) throws(CronMistake) -> UInt64 {
        var plain: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "#", omittingEmptySubsequences: false)
            if ends.count == 2 {
                let count = try Self.number(ends[1], 1...5, of: part)
                counted |= 1 << UInt64(8 * (try CronField.weekday.single(ends[0])) + count)
            } else if let day = Self.dayOfLast(part) {
                counted |= 1 << UInt64(8 * (try CronField.weekday.single(day)))
            } else {
                plain |= try CronField.weekday.mask(part)
            }
        }
        return plain
    }

    /// The weekday of `5L`, `FRIL` and `L5`; nil when a text is none of them.
    private static func dayOfLast(_ part: Substring) -> Substring? {
        guard part.utf8.count > 1 else { return nil }
        if part.hasSuffix("L") || part.hasSuffix("l") { return part.dropLast() }
        return part.hasPrefix("L") || part.hasPrefix("l") ? part.dropFirst() : nil
    }

    private static func number(
        _ text: Substring, _ bounds: ClosedRange<Int>, of part: Substring
    ) throws(CronMistake) -> Int {
        guard let number = CronField.number(text), bounds.contains(number) else {
            throw CronMistake(
                reason: "'\(part)' needs a number from \(bounds.lowerBound) to \(bounds.upperBound)"
            )
        }
        return number
    }

    /// Whether the day of month names a date, beside its plain numbers.
    func hasDay(_ date: CivilDate) -> Bool {
        guard beforeLast | nearest != 0 else { return false }
        let last = CivilDate.days(inMonth: date.month, of: date.year)
        if beforeLast & 1 << UInt64(last - date.day) != 0 { return true }
        guard nearest != 0, (1...5).contains(date.weekday) else { return false }
        return (0...31).contains { wanted in
            nearest & 1 << UInt64(wanted) != 0
                && Self.nearestWorkday(to: wanted == 0 ? last : min(wanted, last), date, last)
                    == date.day
        }
    }

    /// The day from Monday to Friday nearest to another day of a month, in that month.
    private static func nearestWorkday(to day: Int, _ date: CivilDate, _ last: Int) -> Int {
        switch CivilDate(year: date.year, month: date.month, day: day).weekday {
        case 6: day == 1 ? 3 : day - 1
        case 0: day == last ? day - 2 : day + 1
        default: day
        }
    }

    /// Whether the day of week names a date, beside its plain days.
    func hasWeekday(_ date: CivilDate) -> Bool {
        guard counted != 0 else { return false }
        let last = CivilDate.days(inMonth: date.month, of: date.year)
        let count = (date.day - 1) / 7 + 1
        if counted & 1 << UInt64(8 * date.weekday + count) != 0 { return true }
        return date.day + 7 > last && counted & 1 << UInt64(8 * date.weekday) != 0
    }
}
