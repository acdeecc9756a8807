import ArgumentParser
import FoundationEssentials
import History
import Kernel
import Records
import Reports

/// `firedrill trend`: one figure of a playbook's drills over time.
struct TrendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trend",
        abstract: "Show a figure of a playbook's drills over time.",
        discussion: """
            Without --figure it lists the figures there are. Each mark is a drill: ● passed, \
            ✕ failed, ◇ neither; the dashed line is the limit the playbook set.
            """)

    @Argument(help: "The playbook's name.")
    var playbook: String

    @Option(help: "The figure's name, such as failover.time.")
    var figure: String?

    @Option(help: "How far back to look, such as 90d.")
    var since: SpanArgument?

    @Option(help: "The most drills to show.")
    var count = 200

    @Option(help: "Writes the chart to this file as SVG instead.")
    var svg: String?

    @Flag(help: "Prints the values as JSON, oldest first.")
    var json = false

    @OptionGroup var options: HistoryOptions

    func validate() throws {
        guard (1...10_000).contains(count) else {
            throw ValidationError("--count is 1 to 10000")
        }
    }

    func run() throws {
        let database = try options.open()
        guard let figure else { return try listFigures(database) }
        let trend = try database.trend(
            playbook: playbook, figure: figure, since: since?.before(RealTimeClock.now),
            limit: count)
        guard !trend.points.isEmpty else {
            Terminal.error("no drill of '\(playbook)' has the figure '\(figure)'")
            throw ExitCode(2)
        }
        if json { return Terminal.line(try TrendDocument(trend).json) }
        let chart = TrendChart(trend)
        if let svg {
            try Data(chart.file.utf8).write(to: URL(filePath: svg), options: .atomic)
            return Terminal.line(svg)
        }
        Terminal.line("\(figure) of \(playbook), \(Format.plural(trend.points.count, "drill"))\n")
        for line in chart.text(width: Terminal.width) { Terminal.line(line) }
        Terminal.line("\n" + trend.summary)
    }

    private func listFigures(_ database: HistoryDatabase) throws {
        let figures = try database.figures(ofPlaybook: playbook)
        guard !figures.isEmpty else {
            Terminal.error("no drill of '\(playbook)' is in the history")
            let known = try database.playbooks()
            if !known.isEmpty { Terminal.error("it has: " + known.joined(separator: ", ")) }
            throw ExitCode(2)
        }
        for (name, drills) in figures {
            Terminal.line("\(name)  (\(Format.plural(drills, "drill")))")
        }
    }
}
