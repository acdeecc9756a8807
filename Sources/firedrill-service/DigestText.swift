import History
import Records
import Reports

/// A digest as Markdown.
struct DigestText {
    private let digest: Digest

    init(_ digest: Digest) {
        self.digest = digest
    }

    var markdown: String {
        let days = [digest.since, digest.until].map { WallClock(start: $0).date(.zero) }
        var lines = ["# Drills from \(days[0]) to \(days[1])", ""]
        lines.append(
            digest.drills == 0
                ? "No drill ran."
                : "\(Format.plural(digest.drills, "drill")) of "
                    + "\(Format.plural(digest.rows.count, "playbook")) ended.")
        lines.append("")
        if !digest.rows.isEmpty {
            lines += ["| playbook | drills | last |", "|---|---|---|"]
            lines += digest.rows.map(row) + [""]
        }
        lines += section(
            "What got worse",
            digest.worse.map {
                "**\($0.playbook)**: \($0.what) \($0.change) (`\($0.drill)`)"
            }, none: "Nothing.")
        lines += section("Never drilled", digest.neverDrilled.map { "`\($0)`" }, none: "Nothing.")
        lines += section(
            "Drilled before, not now", digest.idle.map { "`\($0)`" }, none: "Nothing.")
        lines += section(
            "Faults that no drill has had", digest.unusedFaults.map { "`\($0)`" }, none: "None.")
        return lines.joined(separator: "\n")
    }

    private func row(_ row: Digest.Row) -> String {
        let counts = Outcome.allCases.compactMap { outcome in
            row.outcomes[outcome].map { "\($0) \(outcome.word.lowercased())" }
        }
        let last = row.last.outcome.map { "\($0.tone.sign) \($0.word)" } ?? "no verdict"
        return "| \(row.playbook) | \(counts.joined(separator: ", ")) | \(last) |"
    }

    private func section(_ title: String, _ items: [String], none: String) -> [String] {
        ["## \(title)", ""] + (items.isEmpty ? [none] : items.map { "- \($0)" }) + [""]
    }
}
