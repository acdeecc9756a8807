import History
import Records
import Reports

/// Two drills side by side as Markdown.
struct ComparisonText {
    private let comparison: DrillComparison

    init(_ comparison: DrillComparison) {
        self.comparison = comparison
    }

    var markdown: String {
        let (first, second) = (comparison.first, comparison.second)
        var lines = ["# \(first.identifier) and \(second.identifier)", ""]
        lines += ["| | first | second |", "|---|---|---|"]
        lines.append(row("outcome", first.outcome?.word, second.outcome?.word))
        lines.append(row("started", stamp(first), stamp(second)))
        lines.append(row("playbook", first.playbook, second.playbook))
        lines.append("")
        if !comparison.cautions.isEmpty {
            lines += ["Not alike: \(comparison.cautions.joined(separator: "; ")).", ""]
        }
        lines += ["| check | first | second | change |", "|---|---|---|---|"]
        lines += comparison.checks.map { check in
            row(check.name, check.first?.word, check.second?.word) + " \(check.change.rawValue) |"
        }
        lines += ["", "| figure | first | second | by | change |", "|---|---:|---:|---:|---|"]
        lines += comparison.figures.map { figure in
            let growth = figure.growth.map { ($0 > 0 ? "+" : "") + Format.percent($0) } ?? "–"
            return row(
                figure.name, figure.first.map { Figure.format($0, figure.unit) },
                figure.second.map { Figure.format($0, figure.unit) })
                + " \(growth) | \(figure.change.rawValue) |"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ name: String, _ first: String?, _ second: String?) -> String {
        "| \(name) | \(first ?? "–") | \(second ?? "–") |"
    }

    private func stamp(_ entry: DrillEntry) -> String {
        WallClock(start: entry.startedAt).stamp(.zero)
    }
}
