import Records

extension MarkdownReport {
    static func impact(_ facts: DrillFacts) -> MarkdownText {
        var text: MarkdownText = "## Impact\n\n"
        for figure in facts.keyFigures {
            text += "- \(figure.name): **\(figure.value)** (\(figure.note))\n"
        }
        let intervals = facts.statistics.intervals.filter { $0.attempted > 0 }
        guard !intervals.isEmpty else {
            if facts.keyFigures.isEmpty { text += "No operation of the workload was recorded.\n" }
            return text
        }
        let rows: [[MarkdownText]] = intervals.map { interval in
            let latency = [0.5, 0.99, 1].map { quantile in
                interval.latency.quantile(quantile).map { Format.duration($0) } ?? "–"
            }
            return [
                "\(interval.name)", "\(Format.duration(interval.end - interval.start))",
                "\(Format.rate(interval.rate))", "\(latency[0])", "\(latency[1])", "\(latency[2])",
                "\(interval.errorRate.map { Format.percent($0) } ?? "–")",
            ]
        }
        text += "\n"
        text += .table(
            ["While", "Time", "Acknowledged", "p50", "p99", "Max", "Error rate"], rows)
        text += "\nLatencies are of enqueues, from the intended send time.\n"
        return text
    }

    static func ledger(_ facts: DrillFacts) -> MarkdownText {
        var text: MarkdownText = "### The ledger\n\n"
        guard let book = facts.ledger else { return text + "It was never closed.\n" }
        for sum in [book.enqueues, book.deliveries] {
            let difference = sum.difference
            text += "- \(sum.equation)"
            text += difference == 0 ? " ✓\n" : " — **off by \(difference)**\n"
        }
        text += "\n"
        text += .table(
            ["Count", "", "Meaning"],
            book.remarks.map { ["\($0.name)", "\($0.count)", "\($0.meaning)"] })
        if !book.summary.isDrained {
            text +=
                "\n**The queue was not drained to the end: losses cannot be told from rests.**\n"
        }
        if let window = book.lostWindow {
            text += "\nThe \(book.missing) messages were acknowledged between "
            text += "\(facts.clock.clock(window.lowerBound)) and "
            text += "\(facts.clock.clock(window.upperBound)) UTC, by "
            let nodes = book.lostByNode.map { "\($0.node) (\(Format.count($0.count)))" }
            text += "\(nodes.joined(separator: ", ")): "
            let names = book.summary.lost.prefix(20).map(\.message.description)
            text += "\(names.joined(separator: ", "))"
            let rest = book.summary.lost.count - names.count
            text += rest > 0 ? " and \(rest) more.\n" : ".\n"
        }
        return text
    }

    static func recovery(_ facts: DrillFacts) -> MarkdownText? {
        let names = ["failover", "recovery"]
        let checks = facts.checks.filter { names.contains($0.check) }
        let regained = facts.evidence.events.filter { $0.kind == .steadyRegained }
        guard !checks.isEmpty || !regained.isEmpty else { return nil }
        var text: MarkdownText = "## How it recovered\n\n"
        for check in checks { text += "- \(code: check.check): \(check.sentence)\n" }
        for event in regained {
            text += "- \(facts.clock.clock(event.time)) UTC: \(event.message)\n"
        }
        return text
    }

    static func faults(_ facts: DrillFacts) -> MarkdownText? {
        guard !facts.faults.isEmpty else { return nil }
        var text: MarkdownText = "## The faults\n"
        for fault in facts.faults { text += "\n" + describe(fault, facts.clock) }
        return text
    }

    private static func describe(_ fault: FaultRecord, _ clock: WallClock) -> MarkdownText {
        var text: MarkdownText = "### \(fault.identifier) \(fault.name)\n\n"
        text += "- \(code: fault.kind)"
        if !fault.backend.isEmpty { text += " by \(code: fault.backend)" }
        if !fault.backendNote.isEmpty { text += ": \(fault.backendNote)" }
        text += "\n"
        if !fault.objects.isEmpty { text += "- on \(fault.objects.joined(separator: "; "))\n" }
        text += "- injection \(fault.injection.word.lowercased()): \(fault.proof)\n"
        text += "- \(fault.undoSentence)\n"
        let life = fault.life.compactMap { station in
            station.time.map { "\(station.name.lowercased()) \(clock.clock($0))" }
        }
        if !life.isEmpty { text += "- \(life.joined(separator: " → "))\n" }
        if !fault.achieved.isEmpty {
            let rows: [[MarkdownText]] = fault.achieved.map { achieved in
                let measured = [achieved.before, achieved.during, achieved.after]
                    .map { figure in "\(figure?.formatted ?? "–")" as MarkdownText }
                return ["\(achieved.name)", "\(achieved.requested.formatted)"] + measured
                    + ["\(achieved.samples)", achieved.confirmed ? "✓" : "✕"]
            }
            text += "\n"
            text += .table(
                ["Effect", "Requested", "Before", "During", "After", "Samples", "Confirmed"], rows)
        }
        if !fault.comparisons.isEmpty {
            let rows: [[MarkdownText]] = fault.comparisons.map {
                [
                    "\($0.what)", "\($0.before)", "\($0.after)",
                    "\($0.tone.sign) \($0.finding)",
                ]
            }
            text += "\n"
            text += .table(["Compared after the undo", "Before", "After", ""], rows)
        }
        return text
    }
}
