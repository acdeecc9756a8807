import ArgumentParser
import Faults
import History
import Kernel
import Playbooks
import Records
import Reports

/// `firedrill digest`: what became of the drills of a span of time.
struct DigestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest",
        abstract: "Tell which drills ran, what got worse, and what was never drilled.",
        discussion: "Prints Markdown, for a mail or a chat.")

    @Option(help: "How far back to look, such as 7d.")
    var since = SpanArgument(seconds: 7 * 86_400)

    @Option(help: "The directory of the playbooks that could be run.")
    var playbooks = "playbooks"

    @OptionGroup var options: HistoryOptions

    func run() throws {
        let now = RealTimeClock.now
        let names = Descriptor.names(in: playbooks).filter { $0.hasSuffix(".yaml") }
            .map { String($0.dropLast(5)) }
        let digest = try options.open().digest(
            since: since.before(now), until: now, playbooks: names,
            faultKinds: FaultCatalogue.declarations.map(\.kind),
            format: { Figure.format($0, $1) })
        Terminal.write(DigestText(digest).markdown)
    }
}

extension SpanArgument {
    init(seconds: Int64) { self.seconds = seconds }
}
