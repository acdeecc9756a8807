/// A date of the Gregorian calendar, without a time zone.
public struct CivilDate: Hashable, Comparable, Sendable {
    public var year: Int
    /// 1 is January.
    public var month: Int
    public var day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date so many days after 1970-01-01.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    public init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    ///
    /// Source: as above, days_from_civil.
    public var daysSince1970: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The day of the week; 0 is Sunday.
    public var weekday: Int { (((daysSince1970 + 4) % 7) + 7) % 7 }

    /// How many days a month has.
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2:
            year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
                ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

/// What a clock on the wall shows: a date and the seconds after its midnight.
public struct CivilTime: Hashable, Comparable, Sendable {
    public var date: CivilDate
    /// From 0 to 86,399.
    public var secondOfDay: Int

    public init(date: CivilDate, secondOfDay: Int) {
        self.date = date
        self.secondOfDay = secondOfDay
    }

    /// The time that a clock shows so many seconds after it showed midnight of 1970-01-01.
    public init(wallSeconds seconds: Int64) {
        var days = seconds / 86_400
        if seconds % 86_400 < 0 { days -= 1 }
        date = CivilDate(daysSince1970: Int(days))
        secondOfDay = Int(seconds - days * 86_400)
    }

    /// What the clock's face has gone through since midnight of 1970-01-01, in seconds.
    public var wallSeconds: Int64 { Int64(date.daysSince1970) * 86_400 + Int64(secondOfDay) }

    public static func < (left: CivilTime, right: CivilTime) -> Bool {
        (left.date, left.secondOfDay) < (right.date, right.secondOfDay)
    }
}
