import Playbooks
import Scheduler
import Testing

@Suite("The rules of a schedule")
struct ScheduleRulesTests {
    private func due(
        _ cron: String, _ zone: String, after start: String, count: Int,
        _ change: (inout ScheduleRules) throws -> Void
    ) throws -> [String] {
        var rules = ScheduleRules(
            playbook: "p", target: "t", trigger: .cron(try CronExpression(cron)))
        rules.zone = try Zone(zone)
        try change(&rules)
        var moment = try Moment(iso8601: start, in: .utc)
        return (0..<count).compactMap { _ in
            guard let next = rules.next(after: moment) else { return nil }
            moment = next
            return next.text(in: rules.zone)
        }
    }

    @Test("Nothing is due outside the hours, in the zone's own time")
    func hours() throws {
        let times = try due(
            "0 */4 * * *", "America/New_York", after: "2026-11-20T18:00:00Z", count: 3
        ) { $0.hours = [try #require(DrillHours("MON-FRI 09:00-17:00"))] }
        #expect(times == ["2026-11-20T16:00:00", "2026-11-23T12:00:00", "2026-11-23T16:00:00"])
    }

    @Test("Nothing is due on a blackout day, the last of them included")
    func blackouts() throws {
        let times = try due("0 10 * * *", "UTC", after: "2026-12-22T12:00:00Z", count: 3) {
            $0.blackouts = [try DateSpan("2026-12-24..2027-01-02"), try DateSpan("2027-01-04")]
        }
        #expect(times == ["2026-12-23T10:00:00", "2027-01-03T10:00:00", "2027-01-05T10:00:00"])
    }

    @Test("What can never be due is found out")
    func never() throws {
        let times = try due("0 10 * * *", "UTC", after: "2026-12-22T12:00:00Z", count: 1) {
            $0.hours = [try #require(DrillHours("02:00-03:00"))]
        }
        #expect(times.isEmpty)
    }

    @Test("An interval counts in time that has passed, over changes of the clocks too")
    func interval() throws {
        let anchor = try Moment(iso8601: "2026-10-24T22:30:00Z", in: .utc)
        let trigger = Trigger.every(.seconds(6 * 3600), anchor: anchor)
        let zone = try Zone("Europe/Berlin")
        let first = try #require(trigger.next(after: anchor + .seconds(1), in: zone))
        #expect(first == anchor + .seconds(6 * 3600))
        #expect(trigger.next(after: anchor + .seconds(-1), in: zone) == anchor)
    }

    @Test(
        "What cannot be read is refused with its reason",
        arguments: [
            ("cron", "0 10 * *", "fields"), ("every", "6", "unit"), ("every", "10 ms", "shorter"),
            ("at", "tomorrow", "no date"), ("at", "2026-02-30", "no date"),
            ("name", "../x", "letters"), ("hours", "late", "hours"),
            ("blackout", "2026-12-24..2026-12-01", "days"), ("timezone", "Berlin", "zone"),
        ])
    func unreadable(part: String, text: String, reason: String) {
        var schedule = ScheduleText(playbook: "p.yaml")
        schedule.cron = part == "cron" ? text : nil
        schedule.every = part == "every" ? text : part == "at" ? nil : "6 h"
        schedule.at = part == "at" ? text : nil
        schedule.name = part == "name" ? text : nil
        schedule.hours = part == "hours" ? [text] : []
        schedule.blackouts = part == "blackout" ? [text] : []
        schedule.timezone = part == "timezone" ? text : "UTC"
        let error = #expect(throws: ScheduleText.Mistake.self) {
            try schedule.schedule(now: Moment(seconds: 0)) { _, _ in "t" }
        }
        #expect(error.map { "\($0)".contains(reason) } == true, "\(String(describing: error))")
        #expect(error?.key == part)
    }

    @Test("A form hears of everything that cannot be read, and not of the first alone")
    func allMistakes() {
        var schedule = ScheduleText(playbook: "p.yaml")
        schedule.cron = "61 * * * *"
        schedule.timezone = "Berlin"
        schedule.jitter = "soon"
        schedule.hours = ["late"]
        let error = #expect(throws: ScheduleText.Mistakes.self) {
            try schedule.review(now: Moment(seconds: 0)) { _, _ in "t" }
        }
        #expect(error?.all.map(\.key) == ["timezone", "cron", "jitter", "hours"])
    }

    @Test("Moments are read with and without a zone of their own")
    func moments() throws {
        let zone = try Zone("Europe/Berlin")
        for text in [
            "2026-12-01T10:00", "2026-12-01 10:00:00", "2026-12-01T09:00Z",
            "2026-12-01T10:00:00+01:00",
        ] {
            #expect(try Moment(iso8601: text, in: zone).iso8601 == "2026-12-01T09:00:00Z")
        }
        #expect(try Moment(iso8601: "2026-12-01", in: zone).iso8601 == "2026-11-30T23:00:00Z")
    }
}
