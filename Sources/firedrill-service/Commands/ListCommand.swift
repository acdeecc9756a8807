import ArgumentParser
import History
import Kernel
import Records
import Reports

/// `firedrill list --all`: the drills of the history, newest first.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the drills that the history knows, newest first.",
        shouldDisplay: false)

    @Flag(help: "Only drills that did not pass.")
    var failed = false

    @Option(help: "Only drills that began within this span, such as 30d.")
    var since: SpanArgument?

    @Option(help: "The most drills to list.")
    var count = 50

    @OptionGroup var options: HistoryOptions

    func run() throws {
        let filter = DrillFilter(
            ending: failed ? .notPassed : nil, since: since?.before(RealTimeClock.now))
        let drills = try options.open().drills(filter, limit: max(1, count))
        for drill in drills {
            let outcome = drill.outcome?.rawValue ?? "no verdict"
            let columns = [outcome, drill.identifier, drill.host, drill.title]
            Terminal.line(columns.filter { !$0.isEmpty }.joined(separator: "  "))
        }
        if drills.isEmpty { Terminal.line("the history has no such drill") }
    }
}
