import ArgumentParser
import Drills
import Records

/// `firedrill show`: one drill's verdict in the terminal.
struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one drill's verdict and where its evidence is.")

    @Argument(help: "A drill's identifier, its beginning or end, its directory, or 'latest'.")
    var drill: String

    @OptionGroup var evidence: EvidenceOptions

    func run() throws {
        let directory = try evidence.find(drill)
        let reader = EvidenceReader(directory)
        let header = try reader.header()
        Console.line("\(header.identifier)\n\(header.title)\n")
        if let verdict = try reader.verdict() {
            Console.line(
                VerdictText(hasColor: Console.hasColor).lines(verdict).joined(separator: "\n"))
        } else {
            Console.line(
                "no verdict: the drill still runs, or it was killed; `firedrill revert` tells")
        }
        for entry in try reader.undone() {
            Console.line(entry.line)
        }
        Console.line("\nevidence  \(directory.path)\nrepeat    \(header.command)")
    }
}
