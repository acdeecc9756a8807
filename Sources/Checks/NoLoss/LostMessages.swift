import Records

/// The acknowledged messages that never came out, seen beside the faults.
struct LostMessages {
    /// In the order of their acknowledgement.
    let messages: [LedgerSummary.LostMessage]
    private let acknowledged: Int
    private let faults: [FaultWindow]

    init(_ ledger: LedgerSummary, faults: [FaultWindow]) {
        messages = ledger.lost.filter(\.acknowledgedAt.isPlausible)
            .sorted { ($0.acknowledgedAt, $0.message) < ($1.acknowledgedAt, $1.message) }
        acknowledged = ledger.acknowledged
        self.faults = faults
    }

    /// Those acknowledged when the last fault was already in: no later fault can explain them.
    var afterLastFault: [LedgerSummary.LostMessage] {
        guard let last = faults.last else { return [] }
        return messages.filter { $0.acknowledgedAt > last.start }
    }

    /// The recovery point: how far before a fault the oldest loss that it explains lies.
    ///
    /// Each loss is put down to the next fault after its acknowledgement; the largest distance is
    /// the answer. Nil when no loss precedes a fault.
    var recoveryPoint: Nanoseconds? {
        var largest: Nanoseconds?
        for message in messages {
            guard let fault = faults.first(where: { $0.start >= message.acknowledgedAt }) else {
                continue
            }
            largest = max(largest ?? Nanoseconds(0), fault.start - message.acknowledgedAt)
        }
        return largest
    }

    var sentence: String {
        let total = "of \(Wording.count(acknowledged)) acknowledged messages"
        guard let first = messages.first, let last = messages.last else {
            return "some \(total) were lost"
        }
        let nodes = Set(messages.map(\.node)).subtracting([""]).sorted()
        let window =
            messages.count == 1
            ? "at \(Wording.moment(first.acknowledgedAt))"
            : "between \(Wording.moment(first.acknowledgedAt)) and "
                + Wording.moment(last.acknowledgedAt)
        let who = nodes.isEmpty ? "" : " by node\(nodes.count == 1 ? "" : "s") "
        return "\(Wording.count(messages.count)) \(total) \(messages.count == 1 ? "was" : "were") "
            + "lost; acknowledged \(window)\(who)\(Wording.list(nodes))"
    }
}
