public import Records

/// The report as one HTML file that loads nothing: styles and charts are inside, scripts are not.
///
/// It is well-formed XML as well, fits screens from 390 pixels, has a light and a dark look, and
/// prints on A4.
public enum HTMLReport {
    /// Renders the report of `evidence`; the same evidence gives the same bytes.
    public static func render(_ evidence: Evidence) -> String { render(DrillFacts(evidence)) }

    static func render(_ facts: DrillFacts) -> String {
        let header = facts.header
        let body: [Markup] = [
            banner(facts), axes(facts), keyFigures(facts), hypothesis(facts), method(facts),
            timeline(facts), checks(facts), retries(facts), ledger(facts), faults(facts),
            findings(facts), repetition(facts), environment(facts), events(facts), playbook(facts),
        ]
        let page = HTMLDocument(
            title: "\(facts.headline.word): \(header.title) · \(header.identifier)",
            head: """
                <meta name="generator" content="Firedrill"/>
                <style>\(Markup(verbatim: Stylesheet.text))</style>

                """,
            body: """
                <main>
                \(body)\
                <footer><p>Drill \(header.identifier) · started \(facts.clock.stamp(.zero)) · \
                made by Firedrill from the drill’s evidence</p></footer>
                </main>

                """)
        return page.render().text
    }
}
