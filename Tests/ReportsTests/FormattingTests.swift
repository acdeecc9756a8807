import Foundation
import Records
import Testing

@testable import Reports

@Suite("Numbers and times are written for people")
struct FormattingTests {
    @Test(
        "durations",
        arguments: [
            (0, "0 s"), (812, "812 ns"), (45_300, "45.3 µs"), (312_000_000, "312 ms"),
            (1_852_000_000, "1.85 s"), (5e9, "5 s"), (999_600_000, "1 s"), (60e9, "1 min"),
            (123e9, "2 min 3 s"), (3_660e9, "1 h 1 min"), (-2.5e6, "−2.5 ms"),
            (Double.infinity, "unbounded"),
        ])
    func durations(nanoseconds: Double, text: String) {
        #expect(Format.duration(nanoseconds) == text)
    }

    @Test("an interval stands behind its figure, with its level")
    func interval() {
        let figure = Figure(
            "median", 102e6, .nanoseconds, interval: Figure.Interval(101e6, 103e6, level: 0.95))
        #expect(figure.formatted == "102 ms (95 %: 101 ms to 103 ms)")
        let share = Figure(
            "share", 0.2, .ratio, text: "2 of 10",
            interval: Figure.Interval(0.1, 0.3, level: 0.999))
        #expect(share.formatted == "2 of 10 (99.9 %: 10 % to 30 %)")
    }

    @Test("bytes keep the family of prefixes they came in")
    func families() {
        #expect(Figure("rate", 100_000, .decimalBytes).formatted == "100 kB")
        #expect(Figure("rate", 102_400, .bytes).formatted == "100 KiB")
    }

    @Test(
        "significant digits",
        arguments: [
            (0, "0"), (7, "7"), (99.94, "99.9"), (99.97, "100"), (24_719, "24,719"), (0.42, "0.42"),
            (0.0012, "0.0012"), (12.345, "12.3"), (-3.456, "−3.46"),
        ])
    func significant(value: Double, text: String) {
        #expect(Format.significant(value) == text)
    }

    @Test(
        "coordinates are what SVG reads",
        arguments: [
            (0, "0"), (12.34, "12.3"), (-0.04, "0"), (-1.25, "-1.3"), (960, "960"),
            (Double.nan, "0"), (1e300, "0"),
        ])
    func coordinates(value: Double, text: String) {
        #expect(Format.coordinate(value) == text)
    }

    @Test(
        "bytes, rates, shares and counts",
        arguments: [
            (Format.bytes(0), "0 B"), (Format.bytes(65_536), "64 KiB"),
            (Format.bytes(61_341_696), "58.5 MiB"), (Format.rate(400), "400/s"),
            (Format.percent(0.001), "0.1 %"), (Format.percent(1), "100 %"),
            (Format.count(-1_234_567), "−1,234,567"), (Format.plural(1, "node"), "1 node"),
        ])
    func others(text: String, expected: String) {
        #expect(text == expected)
    }

    @Test("dates agree with Foundation's, before 1970 and after 2100 as well")
    func dates() {
        let foundation = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in stride(from: -40_000, to: 60_000, by: 379) {
            let seconds = Int64(day) * 86_400 + Int64(abs(day) * 977 % 86_400)
            let stamp = WallClock(start: seconds * 1_000_000_000)
                .stamp(DrillTime(nanoseconds: 125_000_000))
            let date = Date(timeIntervalSince1970: Double(seconds) + 0.125)
            #expect(stamp == date.formatted(foundation))
        }
    }

    @Test(
        "secrets are taken out and nothing else is",
        arguments: [
            ("password: hunter2", "password: (redacted)"),
            (
                "{ kind: redis, password: a1, nodes: 2 }",
                "{ kind: redis, password: (redacted), nodes: 2 }"
            ),
            ("--set api_token=a1 --seed 42", "--set api_token=(redacted) --seed 42"),
            ("url: redis://user:a1@127.0.0.1:6379/0", "url: redis://(redacted)@127.0.0.1:6379/0"),
            ("rate: 400/s", "rate: 400/s"), ("author: a1", "author: a1"), ("token:", "token:"),
        ])
    func secrets(text: String, expected: String) {
        #expect(Redaction.redact(text) == expected)
    }

    @Test(
        "what a command line names a secret is taken out, however it is written",
        arguments: [
            (["db", "--password=a1,b} 2", "--port=1"], "db --password=(redacted) --port=1"),
            (["db", "--password", "a1", "--port", "1"], "db --password (redacted) --port 1"),
            (
                ["sh", "-c", "PGPASSWORD=a1 db --token b2"],
                "sh -c PGPASSWORD=(redacted) db --token (redacted)"
            ),
            (["db", "redis://u:a1@h/0", "-p", "1"], "db redis://(redacted)@h/0 -p 1"),
            (["db", "--password", "--verbose"], "db --password --verbose"),
        ])
    func commandLines(arguments: [String], expected: String) {
        #expect(Redaction.redact(arguments: arguments) == expected)
    }
}
