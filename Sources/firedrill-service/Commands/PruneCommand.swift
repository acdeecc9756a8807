import ArgumentParser
import History
import Kernel
import Reports

/// `firedrill prune`: removes old evidence, and keeps its figures.
struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove the evidence of old drills; their figures stay for the trends.",
        discussion: """
            Keeps drills without a verdict, drills that left a fault behind, and the evidence of \
            other users, and says so.
            """)

    @Option(help: "Drills that began within this span are kept, such as 90d.")
    var keep: SpanArgument

    @Flag(help: "Says what would be removed, and removes nothing.")
    var dryRun = false

    @OptionGroup var options: HistoryOptions

    func run() throws {
        let result = try options.open().prune(
            before: keep.before(RealTimeClock.now), isTrial: dryRun)
        for kept in result.kept { Terminal.line("kept     \(kept.drill): \(kept.reason)") }
        for drill in result.removed {
            Terminal.line("\(dryRun ? "would go" : "removed ") \(drill)")
        }
        Terminal.line(
            "\(Format.plural(result.removed.count, "drill")) \(dryRun ? "would be " : "")removed, "
                + "\(result.kept.count) kept")
    }
}
