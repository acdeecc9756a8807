import History
import Records

/// The console's numbers for Prometheus, in its text format 0.0.4.
struct Metrics {
    let history: HistoryDatabase
    let running: Int
    /// When the next drill is due, in nanoseconds since 1970; nil for never.
    let next: Int64?
    let missed: Int
    let now: Int64

    func text() throws -> String {
        var lines: [String] = []
        func family(_ name: String, _ kind: String, _ help: String, _ samples: [String]) {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(kind)")
            lines += samples.map { name + $0 }
        }
        let outcomes = try history.outcomes()
        family(
            "firedrill_drills_total", "counter", "Drills that ended, by outcome.",
            Outcome.allCases.map { "{outcome=\"\($0.rawValue)\"} \(outcomes[$0] ?? 0)" })
        family(
            "firedrill_drills_running", "gauge", "Drills that run now.", [" \(running)"])
        family(
            "firedrill_drills_missed_total", "counter", "Drills that were due and did not run.",
            [" \(missed)"])
        family(
            "firedrill_next_drill_timestamp_seconds", "gauge",
            "When a schedule's next drill is due.",
            next.map { [" \(Double($0) / 1e9)"] } ?? [])
        let summaries = try history.playbookSummaries(now: now)
        family(
            "firedrill_last_drill_timestamp_seconds", "gauge",
            "When a playbook's last drill began.",
            summaries.compactMap { summary in
                summary.last.map { "\(label(summary)) \(Double($0.startedAt) / 1e9)" }
            })
        family(
            "firedrill_last_drill_duration_seconds", "gauge",
            "How long a playbook's last drill took.",
            summaries.compactMap { summary in
                summary.last?.duration.map { "\(label(summary)) \(Double($0.count) / 1e9)" }
            })
        family(
            "firedrill_last_drill_passed", "gauge", "Whether a playbook's last drill passed.",
            summaries.compactMap { summary in
                summary.last.map { "\(label(summary)) \($0.outcome == .passed ? 1 : 0)" }
            })
        family(
            "firedrill_last_drill_residue", "gauge",
            "Whether a playbook's last drill left something of a fault behind.",
            summaries.compactMap { summary in
                summary.last.map { "\(label(summary)) \($0.outcome == .residual ? 1 : 0)" }
            })
        family(
            "firedrill_resilience_score", "gauge", "A playbook's resilience score, 0 to 100.",
            summaries.compactMap { summary in
                summary.score.map { "\(label(summary)) \($0.value)" }
            })
        return lines.joined(separator: "\n") + "\n"
    }

    private func label(_ summary: PlaybookSummary) -> String {
        let escaped = summary.name.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return "{playbook=\"\(escaped)\"}"
    }
}
