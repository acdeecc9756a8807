import ArgumentParser
import History
import Records
import Reports

/// `firedrill report --compare`: two drills side by side.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show two drills side by side, as Markdown.")

    @Argument(help: "The first drill: an identifier, its beginning or end, or 'latest'.")
    var first: String

    @Argument(help: "The second drill.")
    var second: String

    @OptionGroup var options: HistoryOptions

    func run() throws {
        let database = try options.open()
        let comparison = DrillComparison(
            try database.find(first), try database.find(second))
        Terminal.write(ComparisonText(comparison).markdown)
    }
}
