import Synchronization

/// What clients ask of a node.
extension Node {
    /// Enqueues messages and waits until they are durable.
    func enqueue(_ messages: [NewMessage], queue: String) async throws -> [Enqueued] {
        try await withCheckedContinuation { continuation in
            enqueue(messages, queue: queue) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Enqueues messages and tells once they are durable; from the commit loop's thread, or at once.
    func enqueue(
        _ messages: [NewMessage], queue: String,
        reply: @escaping @Sendable (Result<[Enqueued], Problem>) -> Void
    ) {
        if let problem = reasonToRefuse() { return reply(.failure(problem)) }
        if configuration.has(.ackBeforeCommit) {
            return reply(.success(answerBeforeCommit(messages, queue: queue)))
        }
        perform(.enqueue(queue: queue, held(messages))) { outcome in
            switch outcome {
            case .enqueued(let enqueued): reply(.success(enqueued))
            case .refused(let problem): reply(.failure(problem))
            case .settled, .redriven: reply(.failure(.storage("\(outcome)")))
            }
        }
    }

    /// Delivers a message no earlier than a standby that lags by design has it.
    ///
    /// Consumers never see what a failover could take back; with the weakness `async-replication`
    /// the producer has its answer long before.
    private func held(_ messages: [NewMessage]) -> [NewMessage] {
        guard configuration.has(.asyncReplication), peers.contains(where: \.isAttached) else {
            return messages
        }
        let delay = Int64((Self.shippingDelay + .milliseconds(100)).milliseconds)
        return messages.map { message in
            var held = message
            held.delay = max(held.delay, delay)
            return held
        }
    }

    /// Settles a delivery for good.
    func acknowledge(_ id: MessageIdentifier, _ receipt: Receipt) async throws {
        _ = try await perform(.acknowledge(id, receipt))
    }

    /// Gives a delivery back as failed.
    func reject(_ id: MessageIdentifier, _ receipt: Receipt, error: String) async throws {
        _ = try await perform(.reject(id, receipt, error: error))
    }

    /// Puts dead letters back into their queue; nil means all.
    func redrive(queue: String, _ identifiers: [MessageIdentifier]?) async throws -> Int {
        let outcome = try await perform(.redrive(queue: queue, identifiers))
        guard case .redriven(let count) = outcome else { throw Problem.storage("\(outcome)") }
        return count
    }

    /// Has the commit loop perform an operation.
    func perform(_ operation: Operation) async throws -> Outcome {
        let outcome = await withCheckedContinuation { continuation in
            perform(operation) { continuation.resume(returning: $0) }
        }
        if case .refused(let problem) = outcome { throw problem }
        return outcome
    }

    /// Has the commit loop perform an operation and tell its outcome, from its thread or at once.
    func perform(_ operation: Operation, reply: @escaping @Sendable (Outcome) -> Void) {
        if !inbox.send(.operation(operation, reply)) { reply(.refused(refusal())) }
    }

    private func refusal() -> Problem {
        shared.withLock { shared in
            if shared.isStopping { return .stopping() }
            shared.counts.refusedOverload += 1
            return .overloaded("too many operations wait")
        }
    }

    /// Refuses early what the commit loop would refuse, so that a full disk costs no write.
    private func reasonToRefuse() -> Problem? {
        let now = time.now()
        return shared.withLock { shared in
            if !configuration.has(.noFencing) || shared.role.lostAt == nil,
                let problem = Self.reasonNotToServe(shared, now: now)
            {
                return problem
            }
            guard shared.disk == .full else { return nil }
            shared.counts.refusedFull += 1
            return .diskFull
        }
    }

    /// Why this node may not answer: it is no primary, or not certain to hold the lease; or nil.
    static func reasonNotToServe(_ shared: borrowing Shared, now: Moment) -> Problem? {
        guard !shared.isStopping else { return .stopping() }
        guard shared.role.servingEpoch != nil, shared.role.lostAt == nil else {
            return .notPrimary(name: shared.role.holder, address: shared.role.address)
        }
        guard shared.role.holdsLease(at: now.monotonic), shared.queue.servingEpoch != nil else {
            return .noLease
        }
        return nil
    }

    private func answerBeforeCommit(_ messages: [NewMessage], queue: String) -> [Enqueued] {
        shared.withLock { shared in
            let now = time.now()
            return messages.map { new in
                let message = Message(
                    new, id: shared.queue.nextIdentifier(), queue: queue,
                    policy: configuration.retryPolicy, now: now)
                shared.answered.append(message)
                return Enqueued(id: message.id, isDuplicate: false)
            }
        }
    }
}
