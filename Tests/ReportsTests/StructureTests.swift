import Foundation
import FoundationXML
import Records
import Reports
import Testing

/// Reads a document to its end and keeps what it saw.
private final class DocumentReader: NSObject, XMLParserDelegate {
    private(set) var elements: [String: Int] = [:]
    private(set) var attributes: [String: [String: String]] = [:]
    private(set) var identifiers: [String] = []
    private(set) var problem: String?

    init(_ text: String) {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        if !parser.parse() {
            problem = "line \(parser.lineNumber): \(String(describing: parser.parserError))"
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        elements[name, default: 0] += 1
        if self.attributes[name] == nil { self.attributes[name] = attributes }
        if let identifier = attributes["id"] { identifiers.append(identifier) }
    }
}

@Suite("Reports are well formed, whole and load nothing")
struct StructureTests {
    @Test(
        "the page is well-formed XML with a language and unique ids", arguments: DrillCase.allCases)
    func page(drill: DrillCase) {
        let reader = DocumentReader(HTMLReport.render(drill.evidence))
        #expect(reader.problem == nil)
        #expect(reader.attributes["html"]?["lang"] == "en")
        #expect(Set(reader.identifiers).count == reader.identifiers.count)
        #expect(reader.elements["script"] == nil)
        #expect(reader.elements["th", default: 0] > 0)
    }

    @Test("every chart has a title and a description", arguments: [DrillCase.passed, .failed])
    func charts(drill: DrillCase) {
        let page = HTMLReport.render(drill.evidence)
        let charts = page.components(separatedBy: "<svg class=\"chart").dropFirst()
        #expect(charts.count == 4)
        for chart in charts {
            #expect(chart.contains("role=\"img\""))
            #expect(chart.contains("<title id="))
            #expect(chart.contains("<desc id="))
        }
    }

    @Test("the page asks nothing of the network", arguments: DrillCase.allCases)
    func loadsNothing(drill: DrillCase) {
        let page = HTMLReport.render(drill.evidence)
        for word in ["http:", "https:", "src=", "url(", "@import", "<link", "<script"] {
            #expect(!page.contains(word), "the page contains \(word)")
        }
    }

    @Test(
        "JUnit's XML counts its own cases, failures and errors",
        arguments: [
            (DrillCase.passed, 0, 0), (.failed, 3, 0), (.aborted, 0, 2), (.crashed, 3, 2),
        ])
    func junit(drill: DrillCase, failures: Int, errors: Int) {
        let reader = DocumentReader(JUnitReport.render(drill.evidence))
        #expect(reader.problem == nil)
        #expect(reader.elements["failure", default: 0] == failures)
        #expect(reader.elements["error", default: 0] == errors)
        #expect(reader.elements["skipped"] == nil)
        let suite = reader.attributes["testsuite"] ?? [:]
        #expect(suite["tests"] == String(reader.elements["testcase", default: 0]))
        #expect(suite["failures"] == String(failures))
        #expect(suite["errors"] == String(errors))
    }

    @Test(
        "every check, fault, undo and finding is in every format", arguments: ReportFormat.allCases)
    func isWhole(format: ReportFormat) throws {
        let evidence = SyntheticDrill.failed()
        let verdict = try #require(evidence.verdict)
        let report = try format.render(evidence)
        for check in verdict.checks {
            #expect(report.contains(check.check))
            #expect(report.contains(check.sentence))
        }
        for fault in verdict.faults {
            #expect(report.contains(fault.proof))
            for comparison in fault.comparisons { #expect(report.contains(comparison.what)) }
        }
        #expect(report.contains(evidence.header.command))
        #expect(report.contains(verdict.reason))
    }

    @Test("JSON has its version, sorted keys and the ledger's sums")
    func json() throws {
        let text = try JSONReport.render(SyntheticDrill.failed())
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["format"] as? String == "firedrill-report")
        #expect(object["version"] as? Int == JSONReport.version)
        #expect(object["outcome"] as? String == "failed")
        #expect(object["exitCode"] as? Int == 1)
        let ledger = try #require(object["ledger"] as? [String: Any])
        #expect(ledger["lostCount"] as? Int == 200)
        #expect(ledger["reconciles"] as? Bool == true)
        let windows = try #require(object["windows"] as? [String: Any])
        let counts = windows.values.compactMap { ($0 as? [Any])?.count }
        #expect(Set(counts).count == 1)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }
        #expect(lines == lines.sorted())
    }

    @Test("a number that JSON cannot write does not stop the report")
    func infinity() throws {
        var evidence = SyntheticDrill.passed()
        evidence.verdict?.checks[0].figures = [Figure("ratio", .infinity, .ratio, limit: .nan)]
        for format in ReportFormat.allCases { _ = try format.render(evidence) }
        #expect(try JSONReport.render(evidence).contains("\"infinity\""))
    }

    @Test("a report does not grow with the number of operations")
    func size() {
        func bytes(rate: Double) -> Int {
            var evidence = SyntheticDrill.passed()
            let workload = SyntheticWorkload(rate: rate)
            evidence.operations = workload.operations
            return HTMLReport.render(evidence).utf8.count
        }
        let small = bytes(rate: 200)
        let large = bytes(rate: 2000)
        #expect(Double(large) < Double(small) * 1.15)
        #expect(large < 300_000)
    }
}
