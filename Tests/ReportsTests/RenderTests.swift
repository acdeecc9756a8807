import Foundation
import Records
import Reports
import Testing

/// The synthetic drills by name, so that a failing test names one instead of printing it whole.
enum DrillCase: String, CaseIterable {
    case passed, failed, aborted, crashed, empty

    var evidence: Evidence {
        switch self {
        case .passed: SyntheticDrill.passed()
        case .failed: SyntheticDrill.failed()
        case .aborted: SyntheticDrill.aborted()
        case .crashed: SyntheticDrill.crashed()
        case .empty: SyntheticDrill.empty()
        }
    }
}

@Suite("Reports are rendered from evidence alone")
struct RenderTests {
    @Test("all formats at once are the same as each alone", arguments: DrillCase.allCases)
    func rendersAll(drill: DrillCase) throws {
        let reports = try ReportFormat.renderAll(drill.evidence)
        #expect(reports.map(\.format) == ReportFormat.allCases)
        for (format, text) in reports {
            #expect(try format.render(drill.evidence) == text)
        }
    }

    @Test("every format renders every drill, twice the same", arguments: DrillCase.allCases)
    func renders(drill: DrillCase) throws {
        let evidence = drill.evidence
        for format in ReportFormat.allCases {
            let report = try format.render(evidence)
            #expect(report.contains("primary-kill"))
            #expect(try format.render(evidence) == report)
            if let folder = ProcessInfo.processInfo.environment["FIREDRILL_REPORTS"] {
                try report.write(
                    toFile: "\(folder)/\(drill.rawValue)-\(format.fileName)", atomically: true,
                    encoding: .utf8)
            }
        }
    }

    @Test("a drill without a verdict says so in every format")
    func crashIsSaid() throws {
        let evidence = SyntheticDrill.crashed()
        #expect(HTMLReport.render(evidence).contains("No verdict"))
        #expect(MarkdownReport.render(evidence).hasPrefix("# No verdict"))
        #expect(JUnitReport.render(evidence).contains("<error type=\"no-verdict\""))
        #expect(try !JSONReport.render(evidence).contains("\"outcome\""))
    }
}
