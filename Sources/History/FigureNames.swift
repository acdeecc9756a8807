import Records

/// The figures of a drill under short names that stay the same over the years.
///
/// | name | what |
/// |---|---|
/// | `drill.duration` | from the drill's start to its verdict |
/// | `failover.time` | RTO: from the primary's death to another node's first acknowledgement |
/// | `failover.client`, `failover.detection` | the clients' longest gap; until the death was noticed |
/// | `recovery.time` | until the steady state was back after the worst fault |
/// | `loss.messages`, `loss.rpo` | acknowledged messages that were lost; how far back they reach |
/// | `enqueue.p99.baseline`, `enqueue.p99.worst` | before the faults; the worst interval after |
/// | `abort.time` | from the request to stop until every fault was out |
/// | `ledger.…` | the counts of the ledger |
///
/// Every other figure of a check is called by the check and its own name, with dashes for what is
/// not a letter or a digit: `retries.variation-of-gaps`.
enum FigureNames {
    private static let known: [String: String] = [
        "failover/RTO_failover": "failover.time", "failover/RTO_client": "failover.client",
        "failover/RTO_detect": "failover.detection", "recovery/time to recovery": "recovery.time",
        "no_loss/lost": "loss.messages", "no_loss/RPO": "loss.rpo",
    ]

    static func figures(of verdict: Verdict) -> [DrillFigure] {
        var figures = [
            DrillFigure("drill.duration", Double(verdict.endedAt.nanoseconds), .nanoseconds)
        ]
        for check in verdict.checks {
            for figure in check.figures where figure.text == nil && figure.value.isFinite {
                figures.append(
                    DrillFigure(
                        name(of: figure.name, in: check.check), figure.value, figure.unit,
                        limit: figure.limit))
            }
        }
        if let latency = verdict.abortLatency {
            figures.append(DrillFigure("abort.time", Double(latency.count), .nanoseconds))
        }
        if let ledger = verdict.ledger { figures += self.figures(of: ledger) }
        var seen: Set<String> = []
        return figures.filter { seen.insert($0.name).inserted }
    }

    private static func figures(of ledger: LedgerSummary) -> [DrillFigure] {
        let counts = [
            ("loss.messages", ledger.lost.count), ("ledger.attempted", ledger.attempted),
            ("ledger.acknowledged", ledger.acknowledged), ("ledger.delivered", ledger.delivered),
            ("ledger.duplicated", ledger.duplicated), ("ledger.redelivered", ledger.redelivered),
            ("ledger.indeterminate", ledger.indeterminate),
            ("ledger.dead-lettered", ledger.deadLettered),
        ]
        return counts.map { DrillFigure($0, Double($1), .count) }
    }

    static func name(of figure: String, in check: String) -> String {
        known["\(check)/\(figure)"] ?? "\(slug(check)).\(slug(figure))"
    }

    private static func slug(_ text: String) -> String {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        return words.joined(separator: "-").lowercased()
    }
}
