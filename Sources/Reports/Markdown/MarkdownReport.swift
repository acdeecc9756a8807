import Playbooks
public import Records

/// The report as Markdown, in the order of a post-incident review.
///
/// It is made for a pull request's comment or an incident document: what was believed, what was
/// done, what happened, the impact, what held, what did not, how it recovered, what to do.
public enum MarkdownReport {
    /// Renders the report of `evidence`; the same evidence gives the same bytes.
    ///
    /// - Parameter review: what a person added for an incident review; nil leaves its cells blank.
    public static func render(_ evidence: Evidence, review: ReviewDetails? = nil) -> String {
        render(DrillFacts(evidence), review: review)
    }

    static func render(_ facts: DrillFacts, review: ReviewDetails? = nil) -> String {
        let sections: [MarkdownText?] = [
            head(facts, review), belief(facts), method(facts), story(facts), impact(facts),
            ledger(facts),
            checks(facts, title: "What held", statuses: [.held]),
            checks(facts, title: "What did not", statuses: [.broken, .inconclusive]),
            recovery(facts), faults(facts), findings(facts, review), repetition(facts),
            environment(facts),
        ]
        return sections.compactMap { $0?.text }.joined(separator: "\n")
    }

    private static func head(_ facts: DrillFacts, _ review: ReviewDetails?) -> MarkdownText {
        let header = facts.header
        let exit = facts.headline.exitCode.map { " (exit code \($0))" } ?? ""
        var text: MarkdownText = "# \(facts.headline.word): \(header.title)\n\n"
        text += "**\(facts.headline.sentence)**\n\n"
        if let incident = review?.incident { text += "For the review of incident \(incident).\n\n" }
        text += "Drill \(code: header.identifier)\(exit) of playbook \(code: header.playbook), "
        text +=
            "started \(facts.clock.stamp(.zero)), took \(Format.duration(facts.end - .zero)).\n\n"
        let rows: [[MarkdownText]] = facts.axes.map {
            ["\($0.name)", "\($0.tone.sign) \($0.state)", "\($0.sentence)"]
        }
        text += .table(["Axis", "State", "Why"], rows)
        return text
    }

    private static func belief(_ facts: DrillFacts) -> MarkdownText {
        let hypothesis = facts.header.hypothesis
        return "## What we believed\n\n> \(hypothesis)\n"
    }

    private static func method(_ facts: DrillFacts) -> MarkdownText? {
        guard let plan = facts.evidence.plan else { return nil }
        var text: MarkdownText = "## What we did\n\n"
        if !facts.reachedMethod {
            text += "The drill ended before the first step: nothing of this was done.\n\n"
        }
        if let workload = plan.workload, !workload.isEmpty {
            text += "Load: \(workload.sentence)\n\n"
        }
        for (number, step) in plan.steps.enumerated() {
            text += "\(number + 1). \(step.summary)"
            if !step.objects.isEmpty { text += " — on \(step.objects.joined(separator: "; "))" }
            if !step.backend.isEmpty { text += ", by \(code: step.backend)" }
            text += "\n"
        }
        if !plan.testbed.isEmpty {
            text += "\nTestbed: \(plan.testbed.joined(separator: "; ")).\n"
        }
        return text
    }

    private static func story(_ facts: DrillFacts) -> MarkdownText {
        let (entries, omitted) = Chronicle.of(facts.evidence.events)
        let rows: [[MarkdownText]] = entries.map {
            [
                "\(facts.clock.clock($0.time))", "\(WallClock.offset($0.time))", "\($0.subject)",
                "\($0.message)",
            ]
        }
        var text: MarkdownText = "## What happened\n\nTimes are UTC, "
        text += "\(facts.clock.date(.zero)).\n\n"
        text += .table(["Time", "Since start", "What", "Event"], rows)
        if omitted > 0 { text += "\n\(omitted) more in `events.jsonl`.\n" }
        return text
    }

    private static func checks(
        _ facts: DrillFacts, title: MarkdownText, statuses: Set<CheckResult.Status>
    ) -> MarkdownText? {
        let checks = facts.checks.filter { statuses.contains($0.status) }
        guard !checks.isEmpty else { return nil }
        let rows: [[MarkdownText]] = checks.map { check in
            let figures = check.figures.map { figure in
                "\(figure.name) \(figure.formatted)"
                    + (figure.formattedLimit.map { " (limit \($0))" } ?? "")
            }
            return [
                "\(code: check.check)", "\(check.status.tone.sign) \(check.status.word)",
                "\(check.sentence)", "\(figures.joined(separator: "; "))",
            ]
        }
        var text: MarkdownText = "## \(title)\n\n"
        text += .table(["Check", "Status", "Why", "Figures"], rows)
        for check in checks where !check.details.isEmpty {
            text += "\n\(code: check.check):\n\n"
            for detail in check.details.prefix(20) { text += "- \(detail)\n" }
            if check.details.count > 20 { text += "- and \(check.details.count - 20) more\n" }
        }
        return text
    }

    private static func findings(
        _ facts: DrillFacts, _ review: ReviewDetails?
    ) -> MarkdownText {
        let cells = (review ?? ReviewDetails()).cells.map { "\($0)" as MarkdownText }
        var rows: [[MarkdownText]] = facts.findings.map {
            ["\($0.sentence) (\($0.source))"] + cells
        }
        // Who was named owns what the review finds.
        if rows.isEmpty { rows = [[""] + cells] }
        let columns: [MarkdownText] = ["Finding"] + Finding.columns.map { "\($0)" }
        var text: MarkdownText = "## Findings\n\n"
        text += .table(columns, rows)
        return text
    }

    private static func repetition(_ facts: DrillFacts) -> MarkdownText {
        var text: MarkdownText = "## How to repeat it\n\n"
        text += .block(facts.command, language: "sh")
        text +=
            "\nSeed \(code: String(facts.header.seed)); the same seed and playbook give the same "
        text += "schedule.\n"
        return text
    }

    private static func environment(_ facts: DrillFacts) -> MarkdownText? {
        guard let environment = facts.evidence.environment else { return nil }
        var text: MarkdownText = "## Environment\n\n"
        text += .table(
            ["", ""], environment.lines.map { ["\($0.name)", "\($0.value)"] })
        return text
    }
}
