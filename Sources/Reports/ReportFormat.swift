public import Records

/// The forms that a drill's report comes in.
public enum ReportFormat: String, Sendable, CaseIterable {
    case html
    /// Markdown for a pull request or an incident document.
    case markdown = "md"
    case json
    /// JUnit's XML, as continuous integration reads it.
    case junit

    /// The name of the report's file beside the evidence.
    public var fileName: String {
        switch self {
        case .html: "report.html"
        case .markdown: "report.md"
        case .json: "report.json"
        case .junit: "junit.xml"
        }
    }

    /// Renders the report of `evidence`; the same evidence gives the same bytes.
    ///
    /// Evidence of a drill that crashed renders too and says so on top. Throws only what JSON
    /// encoding throws, which evidence that was decoded from JSON cannot cause.
    public func render(_ evidence: Evidence) throws -> String {
        try render(DrillFacts(evidence))
    }

    /// Renders the reports of `evidence` in every form; what they say is worked out once for all.
    ///
    /// Throws what ``render(_:)`` throws.
    public static func renderAll(_ evidence: Evidence) throws -> [(format: Self, text: String)] {
        let facts = DrillFacts(evidence)
        return try allCases.map { ($0, try $0.render(facts)) }
    }

    private func render(_ facts: DrillFacts) throws -> String {
        switch self {
        case .html: HTMLReport.render(facts)
        case .markdown: MarkdownReport.render(facts)
        case .json: try JSONReport.render(facts)
        case .junit: JUnitReport.render(facts)
        }
    }
}
