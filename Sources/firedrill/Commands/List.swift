import ArgumentParser
import Drills
import Records

/// `firedrill list`: the drills there is evidence of, newest first.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the drills there is evidence of, newest first.")

    @OptionGroup var evidence: EvidenceOptions

    @Flag(name: .long, help: "Only drills that did not pass.")
    var failed = false

    @Option(name: .long, help: "The most drills to list.")
    var count = 50

    func run() throws {
        var listed = 0
        for directory in try EvidenceDirectory.list(under: evidence.root) where listed < count {
            let reader = EvidenceReader(directory)
            guard let header = try? reader.header() else {
                Console.error("\(directory.path): its header cannot be read")
                continue
            }
            let verdict = try? reader.verdict()
            if failed, verdict?.outcome == .passed { continue }
            listed += 1
            let outcome = verdict.map { $0.outcome.word } ?? "no verdict"
            let padding = String(repeating: " ", count: max(1, 19 - outcome.count))
            Console.line("\(outcome)\(padding)\(header.identifier)  \(header.title)")
        }
        if listed == 0 { Console.line("no drills in \(evidence.root)") }
    }
}
