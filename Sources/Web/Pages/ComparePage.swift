import History
import Records
import Reports

/// Two drills side by side.
struct ComparePage {
    var access: Access
    var comparison: DrillComparison

    func render() -> Markup {
        let (first, second) = (comparison.first, comparison.second)
        let rows: [[Markup]] = [
            ["Outcome", Parts.badge(first.outcome), Parts.badge(second.outcome)],
            [
                "Drill", Parts.drillLink(first, first.identifier),
                Parts.drillLink(second, second.identifier),
            ],
            ["Started (UTC)", Parts.moment(first.startedAt), Parts.moment(second.startedAt)],
            ["Playbook", Parts.playbookLink(first.playbook), Parts.playbookLink(second.playbook)],
            ["Why", "\(first.reason)", "\(second.reason)"],
        ]
        let cautions: Markup =
            comparison.cautions.isEmpty
            ? .empty
            : "<p class=\"note\">\(Elements.icon(.unsure))Not alike: \(comparison.cautions.joined(separator: "; ")).</p>"
        return Layout(title: "Compare", access: access, active: "/drills").render(
            """
            \(Layout.heading("Two drills", note: "The first beside the second."))\
            \(Elements.section("drills", "Drills", "\(Elements.table("The two drills", ["", "First", "Second"], rows))\(cautions)"))\
            \(Elements.section("checks", "Checks", checks))\
            \(Elements.section("figures", "Figures", figures))
            """)
    }

    private var checks: Markup {
        let rows: [[Markup]] = comparison.checks.map { row in
            [
                "<code>\(row.name)</code>", status(row.first), status(row.second),
                change(row.change),
            ]
        }
        return Elements.table("Checks of both", ["Check", "First", "Second", "Change"], rows)
    }

    private func status(_ status: CheckResult.Status?) -> Markup {
        status.map { Elements.badge($0.tone, $0.word) } ?? "–"
    }

    private var figures: Markup {
        let rows: [[Markup]] = comparison.figures.map { row in
            [
                "\(row.name)", "\(row.first.map { Figure.format($0, row.unit) } ?? "–")",
                "\(row.second.map { Figure.format($0, row.unit) } ?? "–")",
                "\(row.growth.map { ($0 > 0 ? "+" : "") + Format.percent($0) } ?? "–")",
                change(row.change),
            ]
        }
        return Elements.table(
            "Figures of both", ["Figure", "First", "Second", "By", "Change"], rows,
            numeric: [1, 2, 3])
    }

    private func change(_ change: DrillComparison.Change) -> Markup {
        switch change {
        case .better: "<span class=\"change-better\">▲ better</span>"
        case .worse: "<span class=\"change-worse\">▼ worse</span>"
        case .same: "<span class=\"muted\">same</span>"
        case .different: "differs"
        case .incomparable: "<span class=\"muted\">in one only</span>"
        }
    }
}
