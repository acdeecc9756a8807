import Records

/// The ledger as sums that a reader can add up again.
struct LedgerBook: Sendable, Equatable {
    let summary: LedgerSummary
    /// Enqueues that certainly did not happen, counted from the operations.
    let failed: Int

    /// `failed` is taken from the operations; without operations it is what the ledger leaves over.
    init(_ summary: LedgerSummary, failed: Int?) {
        self.summary = summary
        self.failed = failed ?? (summary.attempted - summary.acknowledged - summary.indeterminate)
    }

    /// What acknowledged messages are that never came out: in a queue that nobody emptied they may
    /// still be there, and are not called lost.
    var missing: String { summary.isDrained ? "lost" : "undelivered" }

    struct Term: Sendable, Equatable {
        let name: String
        let count: Int
        /// Whether it is taken away, as what was lost always is.
        var isTaken: Bool { count < 0 || name == "lost" || name == "undelivered" }
    }

    /// A total beside the terms that must add up to it.
    struct Sum: Sendable, Equatable {
        let total: Term
        let terms: [Term]
        /// What is left over; zero when the sum is right.
        var difference: Int { total.count - terms.reduce(0) { $0 + $1.count } }

        /// `22,871 attempted = 22,860 acknowledged + 0 failed + 11 indeterminate`.
        var equation: String {
            let right = terms.enumerated().map { index, term in
                let sign = index == 0 ? "" : (term.isTaken ? " − " : " + ")
                return "\(sign)\(Format.count(abs(term.count))) \(term.name)"
            }
            return "\(Format.count(total.count)) \(total.name) = \(right.joined())"
        }
    }

    /// Where every enqueue went.
    var enqueues: Sum {
        Sum(
            total: Term(name: "attempted", count: summary.attempted),
            terms: [
                Term(name: "acknowledged", count: summary.acknowledged),
                Term(name: "failed", count: failed),
                Term(name: "indeterminate", count: summary.indeterminate),
            ])
    }

    /// Acknowledged messages that are neither delivered nor lost: they went to the dead letters
    /// without a delivery, or came out only with a damaged body.
    ///
    /// It is what the sum needs, as far as those two counts can explain it.
    var undeliverable: Int {
        let missing =
            summary.acknowledged - summary.lost.count + summary.recovered - summary.delivered
        return min(max(0, missing), summary.deadLettered + summary.corrupted)
    }

    /// Where every delivered message came from.
    var deliveries: Sum {
        var terms = [
            Term(name: "acknowledged", count: summary.acknowledged),
            Term(name: missing, count: -summary.lost.count),
        ]
        if undeliverable > 0 {
            terms.append(Term(name: "dead or damaged", count: -undeliverable))
        }
        terms.append(Term(name: "recovered", count: summary.recovered))
        return Sum(total: Term(name: "delivered", count: summary.delivered), terms: terms)
    }

    /// The moments between which the lost messages were acknowledged; nil when none was lost.
    var lostWindow: ClosedRange<DrillTime>? {
        let times = summary.lost.map(\.acknowledgedAt)
        guard let first = times.min(), let last = times.max() else { return nil }
        return first...last
    }

    /// How many of the lost messages each node had acknowledged, by name.
    var lostByNode: [(node: String, count: Int)] {
        Dictionary(grouping: summary.lost, by: \.node).map { ($0.key, $0.value.count) }
            .sorted { $0.node < $1.node }
    }

    /// The counts beside the sums, each with what it means.
    var remarks: [(name: String, count: Int, meaning: String)] {
        [
            (
                missing, summary.lost.count,
                summary.isDrained
                    ? "acknowledged and never delivered"
                    : "acknowledged and not delivered yet when the drill ended"
            ),
            ("duplicated", summary.duplicated, "delivered again after an earlier delivery settled"),
            (
                "redelivered", summary.redelivered,
                "delivered again as a refusal or a lapsed lease explains"
            ),
            (
                "unexpected", summary.unexpected,
                "delivered though nobody sent it or its enqueue failed"
            ),
            ("recovered", summary.recovered, "delivered though its enqueue's outcome was unknown"),
            ("corrupted", summary.corrupted, "delivered with a body that fails its checksum"),
            (
                "dead-lettered", summary.deadLettered,
                "delivered, then moved to the dead-letter queue"
            ),
        ]
    }
}
