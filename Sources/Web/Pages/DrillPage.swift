import History
import Records
import Reports

/// What the history kept of a drill that has no report: it runs, was killed, or was pruned.
struct DrillPage {
    var access: Access
    var details: DrillDetails

    func render(_ links: Markup) -> Markup {
        let entry = details.entry
        let facts = [
            ("Why", entry.reason), ("Hypothesis", entry.hypothesis), ("Target", entry.target),
            ("Host", entry.host), ("Command", entry.command),
            ("Playbook’s SHA-256", entry.playbookHash),
            ("Evidence", entry.directory),
        ].filter { !$0.1.isEmpty }.markup { "<dt>\($0)</dt><dd>\($1)</dd>\n" }
        let figures: [[Markup]] = details.figures.map {
            ["\($0.name)", "\(Figure.format($0.value, $0.unit))"]
        }
        let checks: [[Markup]] = details.checks.map {
            [
                Elements.badge($0.status.tone, $0.status.word), "<code>\($0.name)</code>",
                "\($0.sentence)",
            ]
        }
        return Layout(title: entry.title, access: access, active: "/drills").render(
            """
            \(links)\(Layout.heading("\(entry.title)", note: "\(Parts.badge(entry.outcome)) \(entry.identifier)"))\
            <section class="message"><p>Its report is not there: the drill runs, was killed, or its \
            evidence was pruned or is on another host. This is what the history kept.</p></section>
            \(Elements.section("facts", "Facts", "<dl class=\"pairs\">\(facts)</dl>"))\
            \(checks.isEmpty ? .empty : Elements.section("checks", "Checks", Elements.table("Checks", ["Status", "Check", "Why"], checks)))\
            \(figures.isEmpty ? .empty : Elements.section("figures", "Figures", Elements.table("Figures", ["Figure", "Value"], figures, numeric: [1])))
            """)
    }
}
