import Scheduler
import Testing

@Suite("Cron expressions")
struct CronTests {
    private static func due(
        _ expression: String, _ zone: String, after start: String, count: Int
    ) throws -> [String] {
        let expression = try CronExpression(expression)
        let zone = try Zone(zone)
        var moment = try Moment(iso8601: start, in: .utc)
        return (0..<count).compactMap { _ in
            guard let next = expression.next(after: moment, in: zone) else { return nil }
            moment = next
            return next.iso8601
        }
    }

    @Test(
        "A known answer is found",
        arguments: [
            // Clocks in Berlin show 03:00 after 01:59:59 on 2026-03-29.
            (
                "30 2 * * *", "Europe/Berlin", "2026-03-28T02:00:00Z",
                ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
            ),
            // And show 02:00 to 02:59 twice on 2026-10-25.
            (
                "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
                ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
            ),
            (
                "*/30 * * * *", "Europe/Berlin", "2026-10-25T00:15:00Z",
                [
                    "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
                    "2026-10-25T02:00:00Z",
                ]
            ),
            (
                "*/30 * * * *", "Europe/Berlin", "2026-03-29T00:15:00Z",
                ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"]
            ),
            // Two times in one gap are due once.
            (
                "0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
                ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]
            ),
            // The south: Sydney's gap is on 2026-10-04, its repeated hour on 2026-04-05.
            (
                "30 2 * * *", "Australia/Sydney", "2026-10-03T00:00:00Z",
                ["2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z"]
            ),
            (
                "30 2 * * *", "Australia/Sydney", "2026-04-04T00:00:00Z",
                ["2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z"]
            ),
            // Half an hour on Lord Howe: 02:00 becomes 02:30.
            (
                "10 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
                ["2026-10-03T15:30:00Z", "2026-10-04T15:10:00Z"]
            ),
            // A midnight that does not exist: Santiago, 2026-09-06.
            (
                "0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z",
                ["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"]
            ),
            // A whole day that Samoa left out: 2011-12-30.
            (
                "0 10 * * *", "Pacific/Apia", "2011-12-29T21:00:00Z",
                ["2011-12-30T10:00:00Z", "2011-12-30T20:00:00Z"]
            ),
            (
                "0 12 29 2 *", "UTC", "2026-01-01T00:00:00Z",
                ["2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z"]
            ),
            (
                "0 12 29 2 *", "UTC", "2096-03-01T00:00:00Z",
                ["2104-02-29T12:00:00Z"]
            ),
            (
                "0 0 31 * *", "UTC", "2026-01-31T00:00:00Z",
                ["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z"]
            ),
            // Either day field: the 13th, and every Friday.
            (
                "0 0 13 * FRI", "UTC", "2026-11-05T00:00:00Z",
                ["2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"]
            ),
            ("0 0 13 12 7", "UTC", "2026-12-06T00:00:00Z", ["2026-12-13T00:00:00Z"]),
            // Both day fields when one begins with a star: odd days that are Mondays.
            (
                "0 0 */2 * MON", "UTC", "2026-11-01T00:00:00Z",
                ["2026-11-09T00:00:00Z", "2026-11-23T00:00:00Z"]
            ),
            (
                "*/20 30 9 * * *", "UTC", "2026-11-21T09:30:00Z",
                ["2026-11-21T09:30:20Z", "2026-11-21T09:30:40Z", "2026-11-22T09:30:00Z"]
            ),
            (
                "0 9 * * FRI-MON", "UTC", "2026-11-19T12:00:00Z",
                [
                    "2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z",
                    "2026-11-23T09:00:00Z", "2026-11-27T09:00:00Z",
                ]
            ),
            ("@daily", "UTC", "2026-12-31T00:00:00Z", ["2027-01-01T00:00:00Z"]),
            ("@weekly", "UTC", "2026-11-21T00:00:00Z", ["2026-11-22T00:00:00Z"]),
            ("5/20 * * * *", "UTC", "2026-11-21T00:45:00Z", ["2026-11-21T01:05:00Z"]),
            (
                "0 0 L-3 * *", "UTC", "2028-01-30T00:00:00Z",
                ["2028-02-26T00:00:00Z", "2028-03-28T00:00:00Z"]
            ),
            // 2026-01-31 is a Saturday, 2026-05-31 a Sunday.
            (
                "0 0 LW 1,5 *", "UTC", "2026-01-01T00:00:00Z",
                ["2026-01-30T00:00:00Z", "2026-05-29T00:00:00Z"]
            ),
            // 2026-08-01 is a Saturday: the nearest Friday is of another month.
            (
                "0 0 1W,15W 8 *", "UTC", "2026-01-01T00:00:00Z",
                ["2026-08-03T00:00:00Z", "2026-08-14T00:00:00Z"]
            ),
            (
                "0 0 * * fril", "UTC", "2026-11-21T00:00:00Z",
                ["2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z"]
            ),
            // Either day field: the last day, and the second Monday.
            (
                "0 0 L * MON#2", "UTC", "2026-11-01T00:00:00Z",
                ["2026-11-09T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-14T00:00:00Z"]
            ),
            // A fifth Sunday of February comes once in 28 years, or 40.
            (
                "0 0 * 2 7#5", "UTC", "2026-11-01T00:00:00Z",
                ["2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z"]
            ),
            // The last Sunday of October has 25 hours in Berlin.
            ("30 2 * * SUNL", "Europe/Berlin", "2026-10-01T00:00:00Z", ["2026-10-25T00:30:00Z"]),
        ])
    func knownAnswer(
        expression: String, zone: String, start: String, expected: [String]
    ) throws {
        #expect(try Self.due(expression, zone, after: start, count: expected.count) == expected)
    }

    @Test(
        "What is no expression is refused with its field",
        arguments: [
            ("61 * * * *", "the minute has 61, which must be 0 to 59"),
            ("* * *", "it has 3 fields, and 5 or 6 are needed"),
            ("* * * * MOO", "the day of week has 'MOO', which is no value"),
            ("* * ? * *", "the day of month has '?', which is no value: write * for any"),
            ("* * * * L", "the last Saturday is SATL"),
            ("* L * * *", "L and W are for the day of month"),
            ("* * 1-5W * *", "'1-5W' needs a number from 1 to 31"),
            ("* * L-31 * *", "'L-31' needs a number from 0 to 30"),
            ("* * 1#2 * *", "L and # for the day of week"),
            ("* * * * MON#6", "'MON#6' needs a number from 1 to 5"),
            ("* * * * MON-FRI#2", "which is no value"),
            ("* * * * 8L", "the day of week has 8, which must be 0 to 7"),
            ("0 0 */31 * MON#2", "there is never such a date"),
            ("0 0 L-30 2 *", "there is never such a date"),
            ("5-1 * * * *", "ends before it begins"),
            ("*/0 * * * *", "the step '0'"),
            ("1,,2 * * * *", "an empty entry"),
            ("+5 * * * *", "'+5', which is no value"),
            ("0 0 30 2 *", "there is never such a date"),
            ("@often", "it is none of @annually"),
            ("", "it has 0 fields"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: ScheduleError.self) { try CronExpression(text) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("Zones are those of the tz database", arguments: ["CST", "Mars/Olympus", "", "+01:00"])
    func unknownZone(name: String) {
        #expect(throws: ScheduleError.self) { try Zone(name) }
    }
}

@Suite("Dates of the calendar")
struct CivilDateTests {
    @Test("Days since 1970 and dates are each other's inverse over 800 years")
    func inverse() {
        var previous = CivilDate(daysSince1970: -150_001)
        for days in -150_000...150_000 {
            let date = CivilDate(daysSince1970: days)
            #expect(date.daysSince1970 == days)
            #expect(date > previous)
            previous = date
        }
    }

    @Test(
        "Known days of the week",
        arguments: [(1970, 1, 1, 4), (2000, 2, 29, 2), (2026, 11, 21, 6), (1969, 12, 28, 0)])
    func weekday(year: Int, month: Int, day: Int, weekday: Int) {
        #expect(CivilDate(year: year, month: month, day: day).weekday == weekday)
    }
}
