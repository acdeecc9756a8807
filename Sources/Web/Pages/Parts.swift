import History
import Records
import Reports

/// Pieces that several pages have.
enum Parts {
    /// How a drill ended, as a sign with its word.
    static func badge(_ outcome: Outcome?) -> Markup {
        outcome.map { Elements.badge($0.tone, $0.word) } ?? Elements.badge(.neutral, "No verdict")
    }

    /// A moment as a reader of the history wants it: `2026-11-21 10:15` UTC.
    static func moment(_ nanoseconds: Int64) -> Markup {
        let clock = WallClock(start: nanoseconds)
        let time = clock.clock(.zero, milliseconds: false).prefix(5)
        return "<time datetime=\"\(clock.stamp(.zero))\">\(clock.date(.zero)) \(time)</time>"
    }

    static func drillLink(_ entry: DrillEntry, _ text: String? = nil) -> Markup {
        "<a href=\"/drills/\(FormText.encode(entry.identifier))\">\(text ?? entry.title)</a>"
    }

    static func playbookLink(_ name: String) -> Markup {
        "<a href=\"/playbooks/\(FormText.encode(name))\">\(name)</a>"
    }

    /// How a drill ended; one that runs has not, and that is no want of a verdict.
    static func badge(_ entry: DrillEntry, running: Set<String>) -> Markup {
        running.contains(entry.identifier)
            ? "<span class=\"badge running-now\"><span class=\"pulse\">●</span> Running</span>"
            : badge(entry.outcome)
    }

    /// A table of drills.
    static func drills(
        _ entries: [DrillEntry], caption: String, running: Set<String>
    ) -> Markup {
        guard !entries.isEmpty else { return "<p>No drill.</p>\n" }
        let rows: [[Markup]] = entries.map { entry in
            [
                badge(entry, running: running), drillLink(entry), playbookLink(entry.playbook),
                "\(entry.target)", moment(entry.startedAt),
                "\(entry.duration.map { Format.duration($0) } ?? "–")",
            ]
        }
        return Elements.table(
            caption, ["Outcome", "Drill", "Playbook", "Target", "Started (UTC)", "Took"], rows,
            numeric: [5])
    }

    /// A score as a number with its sign; the words say what is missing.
    static func score(_ score: ResilienceScore?) -> Markup {
        guard let score else { return Elements.badge(.neutral, "no score yet") }
        let tone: Tone = score.value >= 80 ? .good : score.value >= 50 ? .unsure : .bad
        return Elements.badge(tone, Format.significant(score.value.rounded()))
    }

    /// A trend's chart, for desks and for telephones.
    static func chart(_ trend: Trend) -> Markup {
        let chart = TrendChart(
            trend.points.map { point in
                let value = Figure.format(point.value, trend.unit)
                return TrendChart.Point(
                    startedAt: point.startedAt, value: point.value, limit: point.limit,
                    tone: point.outcome?.tone ?? .neutral,
                    title: "\(point.drill): \(value), \(point.outcome?.word ?? "no verdict")",
                    link: "/drills/\(FormText.encode(point.drill))")
            }, unit: trend.unit, title: "\(trend.figure) of \(trend.playbook)")
        return chart.draw() + chart.draw(isNarrow: true)
    }
}
