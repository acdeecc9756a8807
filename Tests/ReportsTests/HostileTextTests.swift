import Foundation
import FoundationXML
import Playbooks
import Records
import Reports
import Testing

@Suite("Text from outside stays text")
struct HostileTextTests {
    static let hostile = "<script>alert('x')</script>\" onload=\"y\" & ]]> | `code` \u{1}\u{0}"

    /// Evidence in which everything that a stranger can name is hostile.
    static var evidence: Evidence {
        var evidence = SyntheticDrill.failed()
        evidence.header.title = hostile
        evidence.header.hypothesis = hostile
        evidence.header.playbook = hostile
        evidence.header.tags = [hostile]
        evidence.playbookText = hostile
        evidence.plan?.steps[0].summary = hostile
        evidence.plan?.workload?.queue = hostile
        evidence.environment?.host = hostile
        evidence.events.append(
            Event(time: DrillTime(30), kind: .nodeExited, subject: hostile, message: hostile))
        for index in evidence.samples.indices.prefix(40) {
            evidence.samples[index].node = hostile
            evidence.samples[index].probe = hostile
        }
        evidence.verdict?.reason = hostile
        evidence.verdict?.checks[0].sentence = hostile
        evidence.verdict?.checks[0].details = [hostile]
        evidence.verdict?.checks[2].check = hostile
        evidence.verdict?.faults[0].name = hostile
        evidence.verdict?.faults[0].proof = hostile
        evidence.verdict?.faults[0].objects = [hostile]
        evidence.verdict?.faults[1].comparisons[0].what = hostile
        return evidence
    }

    @Test("hostile names make no markup", arguments: [ReportFormat.html, .junit, .markdown])
    func escapes(format: ReportFormat) throws {
        var report = try format.render(HostileTextTests.evidence)
        if format == .markdown {
            // Between backticks, Markdown shows markup as it stands.
            report.replace(/(?<fence>`+)[^`].*?[^`]\k<fence>(?!`)/, with: "")
        }
        #expect(!report.contains("<script"))
        #expect(!report.contains("\" onload=\"") || format == .markdown)
    }

    @Test("documents stay well formed", arguments: [ReportFormat.html, .junit])
    func parses(format: ReportFormat) throws {
        let parser = XMLParser(data: Data(try format.render(HostileTextTests.evidence).utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    @Test("a table of Markdown keeps its columns")
    func tables() {
        let lines = MarkdownReport.render(HostileTextTests.evidence)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where line.hasPrefix("| --- ") {
            let columns = line.count { $0 == "|" }
            for row in lines[index...].prefix(while: { $0.hasPrefix("|") }) {
                let bars = row.replacing("\\|", with: "").count { $0 == "|" }
                #expect(bars == columns, "\(row)")
            }
        }
    }

    @Test("what looks like a secret is not shown", arguments: ReportFormat.allCases)
    func secrets(format: ReportFormat) throws {
        var evidence = SyntheticDrill.passed()
        evidence.header.command = "firedrill run x.yaml --set redis_password=hunter2 --set rate=4/s"
        let report = try format.render(evidence)
        #expect(!report.contains("hunter2"))
        #expect(report.contains("rate=4/s"))
    }
}
