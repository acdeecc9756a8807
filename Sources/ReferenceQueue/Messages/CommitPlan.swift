/// What a batch of operations changes, decided before anything is written.
///
/// Operations about a message that an earlier one of the same batch changes wait for the next
/// batch: each is judged by what is durable.
struct CommitPlan: Sendable {
    private(set) var changes: [Change] = []
    private(set) var outcomes: [Outcome?] = []

    /// Limits that an enqueue is held against.
    struct Limits: Sendable {
        var messages = 2_000_000
        var bodyBytes = 1 << 30
        /// Whether an enqueue whose key is known is the message that has it; a planted bug says no.
        var keepsKeysUnique = true
    }

    /// Decides a batch; an outcome of nil says that the operation must be planned again.
    init(
        _ operations: [Operation], state: inout QueueState, policy: RetryPolicy, limits: Limits,
        now: Moment, generator: inout SeededGenerator
    ) {
        var touched: Set<MessageIdentifier> = []
        var fresh: [String: MessageIdentifier] = [:]
        outcomes.reserveCapacity(operations.count)
        for operation in operations {
            switch operation {
            case .enqueue(let queue, let messages):
                outcomes.append(
                    enqueue(
                        messages, queue, state: &state, policy: policy, limits: limits, now: now,
                        fresh: &fresh))
            case .enqueueAnswered(let messages):
                changes += messages.map { .enqueue($0) }
                outcomes.append(.settled)
            case .acknowledge(let id, let receipt):
                outcomes.append(
                    settle(id, receipt, state: state, touched: &touched) { _ in .acknowledge(id) })
            case .reject(let id, let receipt, let error):
                outcomes.append(
                    settle(id, receipt, state: state, touched: &touched) { message in
                        guard message.failures + 1 < message.maximumAttempts else {
                            return .bury(id, error: error)
                        }
                        let gap = policy.gap(
                            afterFailure: message.failures + 1, using: &generator)
                        return .retry(id, error: error, availableAt: now.wall + gap)
                    })
            case .redrive(let queue, let identifiers):
                let dead = state.deadLetters[queue] ?? SortedIdentifiers()
                let named = identifiers.map { Set($0).filter(dead.contains).sorted() }
                let chosen = (named ?? dead.prefix(.max)).filter { !touched.contains($0) }
                touched.formUnion(chosen)
                changes += chosen.map { .redrive($0, availableAt: now.wall) }
                outcomes.append(.redriven(chosen.count))
            }
        }
    }

    private mutating func enqueue(
        _ messages: [NewMessage], _ queue: String, state: inout QueueState, policy: RetryPolicy,
        limits: Limits, now: Moment, fresh: inout [String: MessageIdentifier]
    ) -> Outcome {
        guard state.entries.count + changes.count < limits.messages,
            state.storedBytes < limits.bodyBytes
        else { return .refused(.overloaded("the node holds as many messages as it may")) }
        var enqueued: [Enqueued] = []
        for new in messages {
            let key = limits.keepsKeysUnique ? new.idempotencyKey : nil
            let known = key.flatMap { key in
                state.keys.identifier(queue: queue, key: key) ?? fresh[queue + "\u{0}" + key]
            }
            if let known {
                enqueued.append(Enqueued(id: known, isDuplicate: true))
                continue
            }
            let message = Message(
                new, id: state.nextIdentifier(), queue: queue, policy: policy, now: now)
            if let key { fresh[queue + "\u{0}" + key] = message.id }
            changes.append(.enqueue(message))
            enqueued.append(Enqueued(id: message.id, isDuplicate: false))
        }
        return .enqueued(enqueued)
    }

    private mutating func settle(
        _ id: MessageIdentifier, _ receipt: Receipt, state: QueueState,
        touched: inout Set<MessageIdentifier>, _ change: (Message) -> Change
    ) -> Outcome? {
        guard !touched.contains(id) else { return nil }
        guard let entry = state.entries[id] else { return .refused(.unknownMessage(id)) }
        guard state.settles(id, receipt: receipt) else { return .refused(.staleReceipt(id)) }
        touched.insert(id)
        changes.append(change(entry.message))
        return .settled
    }
}

extension Message {
    /// The message that a producer's request becomes.
    init(
        _ new: NewMessage, id: MessageIdentifier, queue: String, policy: RetryPolicy, now: Moment
    ) {
        self.init(
            id: id, queue: queue, body: new.body, priority: new.priority,
            maximumAttempts: new.maximumAttempts ?? Int64(policy.attempts),
            callbackURL: new.callbackURL, idempotencyKey: new.idempotencyKey,
            enqueuedAt: now.wall, availableAt: now.wall + new.delay)
    }
}
