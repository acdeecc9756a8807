import Synchronization

/// Who gets a message, and who waits for one.
extension Node {
    /// Takes the next message, waiting for one; both times in milliseconds.
    ///
    /// `reply` gets the message, or nil when none came in time: at once, or later from another
    /// thread. When it has to wait, gives what ends the wait early.
    func reserve(
        _ lane: QueueState.Lane, wait: Int64, lease: Int64,
        reply: @escaping @Sendable (Result<Delivery?, Problem>) -> Void
    ) -> (@Sendable () -> Void)? {
        let now = time.now()
        let limit = configuration.limits.waiters
        let (answer, number) = shared.withLock { shared in
            shared.nextWaiter += 1
            let waiter = Waiters.Waiter(
                number: shared.nextWaiter, lease: lease * 1_000_000,
                deadline: now.monotonic + wait * 1_000_000, reply: reply)
            let answer = Self.reserve(
                lane, wait: wait, now: now, in: &shared, waiter: waiter, limit: limit)
            return (answer, waiter.number)
        }
        if let answer {
            reply(answer)
            return nil
        }
        return { [self] in
            let waiter = shared.withLock { $0.waiters.remove(number, in: lane) }
            waiter?.reply(.success(nil))
        }
    }

    /// Takes the next message, waiting for one until the task is cancelled at the longest.
    func reserve(_ lane: QueueState.Lane, wait: Int64, lease: Int64) async throws -> Delivery? {
        let hangUp = HangUp()
        return try await withTaskCancellationHandler {
            try await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Delivery?, Problem>, Never>) in
                let endWait = reserve(lane, wait: wait, lease: lease) {
                    continuation.resume(returning: $0)
                }
                if let endWait { hangUp.whenHappens(endWait) }
            }.get()
        } onCancel: {
            hangUp.happen()
        }
    }

    private static func reserve(
        _ lane: QueueState.Lane, wait: Int64, now: Moment, in shared: inout Shared,
        waiter: Waiters.Waiter, limit: Int
    ) -> Result<Delivery?, Problem>? {
        if let problem = reasonNotToServe(shared, now: now) { return .failure(problem) }
        if let delivery = shared.queue.reserve(lane, lease: waiter.lease, now: now) {
            shared.counts.delivered += 1
            return .success(delivery)
        }
        if wait <= 0 { return .success(nil) }
        guard shared.waiters.count < limit else {
            shared.counts.refusedOverload += 1
            return .failure(.overloaded("too many consumers wait"))
        }
        shared.waiters.add(waiter, to: lane)
        return nil
    }

    /// Takes a delivery back that its consumer cannot have got; it does not count as an attempt.
    func release(_ delivery: Delivery) {
        let now = time.now()
        shared.withLock {
            $0.queue.release(delivery.message.id, receipt: delivery.receipt, now: now)
        }
        deliver(now: now)
    }

    /// Prolongs a lease; milliseconds from now.
    func extend(_ id: MessageIdentifier, _ receipt: Receipt, lease: Int64) throws {
        try shared.withLock { shared in
            let now = time.now()
            if let problem = Self.reasonNotToServe(shared, now: now) { throw problem }
            guard shared.queue.entries[id] != nil else { throw Problem.unknownMessage(id) }
            guard
                shared.queue.extend(id, receipt: receipt, lease: lease * 1_000_000, now: now)
            else { throw Problem.staleReceipt(id) }
        }
    }

    /// Gives ready messages to the consumers that wait for them.
    func deliver(now: Moment) {
        var deliveries: [(waiter: Waiters.Waiter, delivery: Delivery)] = []
        shared.withLock { shared in
            guard shared.role.holdsLease(at: now.monotonic) else { return }
            for lane in shared.queue.takeFreshLanes() {
                while let waiter = shared.waiters.first(in: lane),
                    let delivery = shared.queue.reserve(lane, lease: waiter.lease, now: now)
                {
                    shared.waiters.removeFirst(in: lane)
                    deliveries.append((waiter, delivery))
                }
            }
            shared.counts.delivered += deliveries.count
        }
        for (waiter, delivery) in deliveries { waiter.reply(.success(delivery)) }
    }
}
