/// When a schedule is due, as crontab(5) writes it: `0 10 * * MON-THU`.
///
/// Five fields (minute, hour, day of month, month, day of week), or six with the seconds first.
/// Names, ranges, steps, lists, and `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` are known.
/// When neither the day of month nor the day of week begins with `*`, one of both suffices.
/// ``CronSpecialDays`` says what `L`, `W` and `#` mean there.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// What the text means; apart, so that a million schedules with one expression share it.
    final class Fields: Sendable {
        let text: String
        let seconds: UInt64
        let minutes: UInt64
        let hours: UInt64
        let days: UInt64
        let months: UInt64
        let weekdays: UInt64
        let special: CronSpecialDays
        /// Whether one of both day fields suffices; else both must agree.
        let eitherDay: Bool
        /// Whether the hour field begins with `*`, so that the expression means every so often.
        let followsClock: Bool

        init(_ text: String, _ fields: [Substring]) throws(CronMistake) {
            self.text = text
            seconds = try CronField.second.mask(fields[0])
            minutes = try CronField.minute.mask(fields[1])
            hours = try CronField.hour.mask(fields[2])
            var special = CronSpecialDays()
            days = try special.takeDays(fields[3])
            months = try CronField.month.mask(fields[4])
            weekdays = try special.takeWeekdays(fields[5])
            self.special = special
            eitherDay = !fields[3].hasPrefix("*") && !fields[5].hasPrefix("*")
            followsClock = fields[2].hasPrefix("*")
        }
    }

    let fields: Fields

    /// As it was written.
    public var description: String { fields.text }

    /// Reads an expression; throws ``ScheduleError`` with the field that cannot be read.
    public init(_ text: String) throws(ScheduleError) {
        do {
            try self.init(fieldsOf: text)
        } catch {
            throw ScheduleError(
                attempted: "read the cron expression", object: String(text.prefix(80)),
                reason: error.reason, remedy: "write it as '0 10 * * MON-THU'")
        }
    }

    private init(fieldsOf text: String) throws(CronMistake) {
        guard text.utf8.count <= 1000 else {
            throw CronMistake(reason: "it has more than 1000 characters")
        }
        var source = text
        if text.hasPrefix("@") {
            guard let meaning = Self.nicknames[text.lowercased()] else {
                throw CronMistake(
                    reason: "it is none of " + Self.nicknames.keys.sorted().joined(separator: ", "))
            }
            source = meaning
        }
        var words = source.split { $0 == " " || $0 == "\t" }
        guard words.count == 5 || words.count == 6 else {
            throw CronMistake(reason: "it has \(words.count) fields, and 5 or 6 are needed")
        }
        if words.count == 5 { words.insert("0", at: 0) }
        fields = try Fields(text, words)
        guard fields.eitherDay || hasDate else {
            throw CronMistake(reason: "there is never such a date")
        }
    }

    private static let nicknames = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *",
    ]

    /// Whether any month has one of the days, in a leap year.
    private var hasDate: Bool {
        // What the month's length or its weekdays decide is looked for in the calendar.
        guard fields.special.isEmpty else {
            let start = CivilDate(year: 2000, month: 1, day: 1)
            return nextTime(from: CivilTime(date: start, secondOfDay: 0)) != nil
        }
        return (1...12).contains { month in
            fields.months & 1 << UInt64(month) != 0
                && fields.days
                    & (UInt64.max >> UInt64(63 - CivilDate.days(inMonth: month, of: 2000))) != 0
        }
    }

    public static func == (left: CronExpression, right: CronExpression) -> Bool {
        left.description == right.description
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// Whether a drill is due on a date.
    func matches(_ date: CivilDate) -> Bool {
        guard fields.months & 1 << UInt64(date.month) != 0 else { return false }
        let special = fields.special
        let day = fields.days & 1 << UInt64(date.day) != 0 || special.hasDay(date)
        let weekday =
            fields.weekdays & 1 << UInt64(date.weekday) != 0 || special.hasWeekday(date)
        return fields.eitherDay ? day || weekday : day && weekday
    }
}

extension CronExpression: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
