public import Records

/// The account of a drill's messages, fed with operations in any order and closed once.
///
/// The definitions are those of Jepsen's `total-queue` checker over what was attempted,
/// acknowledged and delivered, with what it lacks: redeliveries apart from duplicates, damaged
/// bodies, dead letters, and messages that came out although their enqueue certainly failed.
public struct Ledger: Sendable {
    private var entries: [MessageIdentifier: Entry] = [:]
    private var attempted = 0
    private var indeterminate = 0
    private var corrupted = 0
    private var foreign = 0

    public init() {}

    /// Takes one operation into the account.
    public mutating func account(_ operation: Operation) {
        switch operation.kind {
        case .enqueue: accountEnqueue(operation)
        case .reserve: accountReserve(operation)
        case .acknowledge:
            guard operation.outcome == .ok, let message = operation.message else { return }
            entries[message, default: Entry()].settle(at: operation.ended)
        case .refuse: break
        }
    }

    private mutating func accountEnqueue(_ operation: Operation) {
        guard let message = operation.message, !operation.isSaturated else { return }
        attempted += 1
        if operation.outcome == .indeterminate { indeterminate += 1 }
        entries[message, default: Entry()].enqueue(operation)
    }

    private mutating func accountReserve(_ operation: Operation) {
        guard operation.outcome == .ok else { return }
        switch (operation.message, operation.intact) {
        case (nil, true): foreign += 1
        case (nil, false): corrupted += 1
        case (nil, nil): break
        case (let message?, false):
            corrupted += 1
            entries[message, default: Entry()].isDamaged = true
        case (let message?, _):
            entries[message, default: Entry()].deliver(begun: operation.intended)
        }
    }

    /// Closes the account.
    ///
    /// - Parameters:
    ///   - deadLetters: What the dead-letter queue held at the end.
    ///   - firstFault: When the first fault began to act; nil in a drill without faults.
    ///   - lastFault: When the last fault was out again.
    ///   - isDrained: Whether every node was asked and every queue was empty.
    public func close(
        deadLetters: [MessageIdentifier], firstFault: DrillTime?, lastFault: DrillTime?,
        isDrained: Bool
    ) -> LedgerSummary {
        var summary = LedgerSummary(
            attempted: attempted, unexpected: foreign, corrupted: corrupted,
            indeterminate: indeterminate, isDrained: isDrained)
        let dead = Set(deadLetters)
        for (message, entry) in entries {
            entry.count(
                into: &summary, as: message, isDead: dead.contains(message),
                firstFault: firstFault, lastFault: lastFault)
        }
        summary.lost.sort { ($0.acknowledgedAt, $0.message) < ($1.acknowledgedAt, $1.message) }
        return summary
    }

    /// The closed account of a finished drill's operations.
    public static func close(
        operations: [Operation], deadLetters: [MessageIdentifier], firstFault: DrillTime?,
        lastFault: DrillTime?, isDrained: Bool
    ) -> LedgerSummary {
        var ledger = Ledger()
        for operation in operations { ledger.account(operation) }
        return ledger.close(
            deadLetters: deadLetters, firstFault: firstFault, lastFault: lastFault,
            isDrained: isDrained)
    }
}
