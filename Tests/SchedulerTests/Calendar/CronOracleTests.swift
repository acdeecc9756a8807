import Foundation
import Scheduler
import Testing

@Suite("What other implementations say when a drill is due")
struct CronOracleTests {
    private struct Line {
        var expression: CronExpression
        var zone: Zone
        var start: Moment
        var due: [Int64]
    }

    /// `#filePath` is Tests/SchedulerTests/Calendar/CronOracleTests.swift.
    private static func lines(_ name: String) throws -> [Line] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/\(name)")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t").map(String.init)
            return Line(
                expression: try CronExpression(fields[0]), zone: try Zone(fields[1]),
                start: Moment(seconds: try #require(Int64(fields[2]))),
                due: fields[3].split(separator: ",").compactMap { Int64($0) })
        }
    }

    @Test(
        "Every recorded moment is found", arguments: [("croniter.tsv", 900), ("systemd.tsv", 100)])
    func recorded(file: String, least: Int) throws {
        let lines = try Self.lines(file)
        #expect(lines.count >= least)
        for line in lines {
            var moment = line.start
            var found: [Int64] = []
            while found.count < line.due.count,
                let next = line.expression.next(after: moment, in: line.zone)
            {
                found.append(next.seconds)
                moment = next
            }
            #expect(found == line.due, "\(line.expression) \(line.zone.name) \(line.start.seconds)")
        }
    }
}
