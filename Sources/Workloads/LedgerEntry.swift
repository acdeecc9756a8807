import Records

extension Ledger {
    /// What is known of one message.
    struct Entry: Sendable {
        private var enqueueOutcome: Operation.Outcome?
        private var acknowledgedAt: DrillTime = .zero
        private var node = ""
        private var deliveries = 0
        /// When the reserves of its deliveries began; filled in from the second delivery on, which
        /// few messages have.
        private var begun: [DrillTime] = []
        private var firstBegun: DrillTime = .zero
        /// When an acknowledge of a delivery was first answered.
        private var settledAt: DrillTime?
        var isDamaged = false

        /// Of several enqueues of one message the best outcome counts.
        mutating func enqueue(_ operation: Operation) {
            switch (enqueueOutcome, operation.outcome) {
            case (.ok, _), (.indeterminate, .failed): break
            default:
                enqueueOutcome = operation.outcome
                acknowledgedAt = operation.ended
                node = operation.node
            }
        }

        mutating func deliver(begun time: DrillTime) {
            deliveries += 1
            if deliveries == 1 {
                firstBegun = time
            } else {
                begun.append(time)
            }
        }

        mutating func settle(at time: DrillTime) {
            settledAt = min(settledAt ?? time, time)
        }

        func count(
            into summary: inout LedgerSummary, as message: MessageIdentifier, isDead: Bool,
            firstFault: DrillTime?, lastFault: DrillTime?
        ) {
            countDeliveries(into: &summary)
            guard enqueueOutcome == .ok else { return }
            summary.acknowledged += 1
            if firstFault.map({ acknowledgedAt < $0 }) ?? true {
                summary.acknowledgedBeforeFaults += 1
            }
            if lastFault.map({ acknowledgedAt > $0 }) ?? true {
                summary.acknowledgedAfterFaults += 1
            }
            if isDead {
                summary.deadLettered += 1
            } else if deliveries == 0, !isDamaged {
                summary.lost.append(
                    .init(message: message, acknowledgedAt: acknowledgedAt, node: node))
            }
        }

        private func countDeliveries(into summary: inout LedgerSummary) {
            guard deliveries > 0 else { return }
            switch enqueueOutcome {
            case nil, .failed:
                summary.unexpected += 1
                return
            case .indeterminate: summary.recovered += 1
            case .ok: break
            }
            summary.delivered += 1
            // The first delivery is the one that began first, whichever was recorded first.
            let later = ([firstBegun] + begun).sorted().dropFirst()
            for time in later {
                // A reserve that began before the answer may have been served before it as well.
                if let settledAt, settledAt <= time {
                    summary.duplicated += 1
                } else {
                    summary.redelivered += 1
                }
            }
        }
    }
}
