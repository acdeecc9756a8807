import Records

extension HTMLReport {
    /// The table that people fill in: its cells can be edited in the browser and saved.
    static func findings(_ facts: DrillFacts) -> Markup {
        let blank: [Markup] = Finding.columns.map { _ in cell(.empty) }
        var rows = facts.findings.map { finding in
            [cell("\(finding.sentence) <span class=\"muted\">(\(finding.source))</span>")] + blank
        }
        while rows.count < 3 { rows.append([cell(.empty)] + blank) }
        let columns = ["Finding"] + Finding.columns
        return Elements.section(
            "findings", "Findings", note: "One row for each broken check; fill in the rest.",
            Elements.table("Findings to own and to close", columns, rows, style: "findings"))
    }

    private static func cell(_ content: Markup) -> Markup {
        "<div contenteditable=\"true\">\(content)</div>"
    }

    static func repetition(_ facts: DrillFacts) -> Markup {
        Elements.section(
            "repeat", "Repeat this drill",
            note: "The same seed and playbook give the same schedule of faults and load.",
            "<pre class=\"command\"><code>\(facts.command)</code></pre>")
    }

    static func environment(_ facts: DrillFacts) -> Markup {
        let evidence = facts.evidence
        let counts = [
            Format.plural(evidence.operations.count, "operation"),
            Format.plural(evidence.samples.count, "probe answer"),
            Format.plural(evidence.wire.count, "observation") + " on the wire",
            Format.plural(evidence.events.count, "event"),
        ]
        let lines = (evidence.environment?.lines ?? []).markup {
            "<dt>\($0.name)</dt><dd>\($0.value)</dd>\n"
        }
        return Elements.section(
            "environment", "Environment",
            """
            <dl class="pairs">
            \(lines)<dt>Evidence</dt><dd>\(counts.joined(separator: ", "))</dd>
            </dl>
            """)
    }

    static func events(_ facts: DrillFacts) -> Markup {
        let (entries, omitted) = Chronicle.of(facts.evidence.events)
        guard !entries.isEmpty else { return .empty }
        let rows: [[Markup]] = entries.map { entry in
            [
                "<time datetime=\"\(facts.clock.stamp(entry.time))\">\(facts.clock.clock(entry.time))</time>",
                "\(WallClock.offset(entry.time))", "\(entry.subject)", "\(entry.message)",
            ]
        }
        let more: Markup =
            omitted > 0
            ? "<p class=\"note\">\(Format.count(omitted)) more in events.jsonl.</p>" : .empty
        return """
            <details class="section"><summary>What happened, event by event</summary>
            \(Elements.table(
                "Events in the order of time; times are UTC",
                ["Time", "Since start", "What", "Event"], rows, numeric: [1], style: "events"))\(more)
            </details>

            """
    }

    static func playbook(_ facts: DrillFacts) -> Markup {
        guard !facts.evidence.playbookText.isEmpty else { return .empty }
        let text = Redaction.redact(String(facts.evidence.playbookText.prefix(64_000)))
        return """
            <details class="section"><summary>The playbook</summary>
            <pre><code>\(text)</code></pre></details>

            """
    }
}
