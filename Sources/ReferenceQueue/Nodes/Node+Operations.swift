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
        let operation = Operation.enqueue(queue: queue, held(messages))
        let isAccepted = inbox.send(
            .operation(operation) { outcome in
                switch outcome {
                case .enqueued(let enqueued): reply(.success(enqueued))
                case .refused(let problem): reply(.failure(problem))
                case .settled, .redriven: reply(.failure(.storage("\(outcome)")))
                }
            })
        if !isAccepted { reply(.failure(refusal())) }
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

    /// Takes the next message, waiting for one; both times in milliseconds.
    ///
    /// When it has to wait, `whileWaiting` gets what ends the wait early.
    func reserve(
        _ lane: QueueState.Lane, wait: Int64, lease: Int64,
        whileWaiting: (@escaping @Sendable () -> Void) -> Void = { _ in }
    ) async throws -> Delivery? {
        let number = shared.withLock { shared in
            shared.nextWaiter += 1
            return shared.nextWaiter
        }
        let endWait: @Sendable () -> Void = { [self] in
            let waiter = shared.withLock { $0.waiters.remove(number, in: lane) }
            waiter?.continuation.resume(returning: nil)
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = time.now()
                let waiter = Waiters.Waiter(
                    number: number, lease: lease * 1_000_000,
                    deadline: now.monotonic + wait * 1_000_000, continuation: continuation)
                let answer = shared.withLock { shared in
                    do {
                        return try Self.reserve(
                            lane, wait: wait, now: now, in: &shared, waiter: waiter,
                            limit: configuration.limits.waiters)
                    } catch {
                        return .failure(error)
                    }
                }
                if let answer {
                    continuation.resume(with: answer)
                } else {
                    whileWaiting(endWait)
                }
            }
        } onCancel: {
            endWait()
        }
    }

    /// Takes a delivery back that its consumer cannot have got; it does not count as an attempt.
    func release(_ delivery: Delivery) {
        let now = time.now()
        shared.withLock {
            $0.queue.release(delivery.message.id, receipt: delivery.receipt, now: now)
        }
        deliver(now: now)
    }

    /// Settles a delivery for good.
    func acknowledge(_ id: MessageIdentifier, _ receipt: Receipt) async throws {
        _ = try await perform(.acknowledge(id, receipt))
    }

    /// Gives a delivery back as failed.
    func reject(_ id: MessageIdentifier, _ receipt: Receipt, error: String) async throws {
        _ = try await perform(.reject(id, receipt, error: error))
    }

    /// Prolongs a lease; milliseconds from now.
    func extend(_ id: MessageIdentifier, _ receipt: Receipt, lease: Int64) throws {
        try shared.withLock { shared in
            let now = time.now()
            try Self.checkServes(shared, now: now)
            guard shared.queue.entries[id] != nil else { throw Problem.unknownMessage(id) }
            guard
                shared.queue.extend(id, receipt: receipt, lease: lease * 1_000_000, now: now)
            else { throw Problem.staleReceipt(id) }
        }
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
            if !inbox.send(.operation(operation, { continuation.resume(returning: $0) })) {
                continuation.resume(returning: .refused(refusal()))
            }
        }
        if case .refused(let problem) = outcome { throw problem }
        return outcome
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

    /// Throws unless this node is the primary and certainly holds the lease.
    static func checkServes(_ shared: borrowing Shared, now: Moment) throws {
        if let problem = reasonNotToServe(shared, now: now) { throw problem }
    }

    private static func reasonNotToServe(_ shared: borrowing Shared, now: Moment) -> Problem? {
        guard !shared.isStopping else { return .stopping() }
        guard shared.role.servingEpoch != nil, shared.role.lostAt == nil else {
            return .notPrimary(name: shared.role.holder, address: shared.role.address)
        }
        guard shared.role.holdsLease(at: now.monotonic), shared.queue.servingEpoch != nil else {
            return .noLease
        }
        return nil
    }

    private static func reserve(
        _ lane: QueueState.Lane, wait: Int64, now: Moment, in shared: inout Shared,
        waiter: Waiters.Waiter, limit: Int
    ) throws -> Result<Delivery?, any Error>? {
        if Task.isCancelled { return .success(nil) }
        try checkServes(shared, now: now)
        if let delivery = shared.queue.reserve(lane, lease: waiter.lease, now: now) {
            shared.counts.delivered += 1
            return .success(delivery)
        }
        if wait <= 0 { return .success(nil) }
        guard shared.waiters.count < limit else {
            shared.counts.refusedOverload += 1
            throw Problem.overloaded("too many consumers wait")
        }
        shared.waiters.add(waiter, to: lane)
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
