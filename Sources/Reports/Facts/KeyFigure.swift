import Records

/// One of the few numbers that a reader wants first.
struct KeyFigure: Sendable, Equatable {
    let name: String
    let value: String
    let note: String
    let tone: Tone

    static func all(
        verdict: Verdict?, ledger: LedgerBook?, statistics: OperationStatistics, clock: WallClock
    ) -> [KeyFigure] {
        var figures: [KeyFigure] = []
        if let ledger { figures.append(lost(ledger)) }
        for (name, figure) in [("failover", "RTO_failover"), ("recovery", "time to recovery")] {
            if let check = verdict?.checks.first(where: { $0.check == name }) {
                figures.append(span(figure, of: check))
            }
        }
        if let silence = statistics.longestSilence {
            figures.append(
                KeyFigure(
                    name: "Longest silence",
                    value: Format.duration(silence.upperBound - silence.lowerBound),
                    note: "without an acknowledgement, from \(clock.clock(silence.lowerBound))",
                    tone: .neutral))
        }
        if let latency = latency(statistics) { figures.append(latency) }
        if let abort = verdict?.abortLatency {
            figures.append(
                KeyFigure(
                    name: "Abort", value: Format.duration(abort),
                    note: "from the request until every fault was out", tone: .neutral))
        }
        return figures
    }

    private static func lost(_ book: LedgerBook) -> KeyFigure {
        let lost = book.summary.lost.count
        let note = "of \(Format.count(book.summary.acknowledged)) acknowledged"
        guard book.summary.isDrained else {
            return KeyFigure(
                name: "Undelivered messages", value: Format.count(lost),
                note: note + "; not drained: lost, or still queued", tone: .unsure)
        }
        return KeyFigure(
            name: "Lost messages", value: Format.count(lost), note: note,
            tone: lost > 0 ? .bad : .good)
    }

    private static func span(_ figure: String, of check: CheckResult) -> KeyFigure {
        let name = check.check.prefix(1).uppercased() + check.check.dropFirst()
        guard let figure = check.figures.first(where: { $0.name == figure }) else {
            return KeyFigure(
                name: name, value: "–", note: "not seen", tone: check.status.tone)
        }
        return KeyFigure(
            name: name, value: figure.formatted,
            note: figure.formattedLimit.map { "limit \($0)" } ?? figure.name,
            tone: check.status.tone)
    }

    private static func latency(_ statistics: OperationStatistics) -> KeyFigure? {
        guard
            let baseline = statistics.intervals.first(where: { $0.name == Phase.baseline.rawValue }
            ),
            let before = baseline.latency.quantile(0.99)
        else { return nil }
        let during = statistics.intervals.filter { $0.name != baseline.name }
            .compactMap { $0.latency.quantile(0.99) }.max()
        return KeyFigure(
            name: "Enqueue p99", value: Format.duration(before),
            note: "before faults"
                + (during.map { ", at worst \(Format.duration($0)) after" } ?? ""),
            tone: .neutral)
    }
}
