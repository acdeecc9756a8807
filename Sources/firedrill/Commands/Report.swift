public import ArgumentParser
import Drills
public import Reports

/// `firedrill report`: renders a drill's report from its evidence, again and in another form.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Render a drill's report from its evidence.",
        discussion: "A report is a function of the evidence alone: it can be made years later.")

    @Argument(help: "A drill's identifier, its beginning or end, its directory, or 'latest'.")
    var drill: String

    @Option(help: "Another drill of the history: shows both side by side instead, as Markdown.")
    var compare: String?

    @Option(name: .long, help: "html, md, json or junit.")
    var format = ReportFormat.html

    @Option(name: [.short, .long], help: "The file to write (default: standard output).")
    var output: String?

    @OptionGroup var evidence: EvidenceOptions

    func run() throws {
        if let compare {
            let directory = evidence.evidence.map { ["--evidence", $0] } ?? []
            try Service.perform(["compare"] + directory + ["--", compare, drill])
        }
        let found = try EvidenceReader(evidence.find(drill)).evidence()
        let text = try format.render(found)
        guard let output else {
            Console.write(text)
            return
        }
        try EvidenceDirectory.replace(output, with: Array(text.utf8))
        Console.line(output)
    }
}

extension ReportFormat: ExpressibleByArgument {}
