import Logging
import Synchronization

/// What a node does by the clock.
extension Node {
    /// How often time is looked at.
    private static let tick = Duration.milliseconds(5)

    /// Delivers what is due, takes lapsed leases back, ends waits; until the node stops.
    ///
    /// A cancelled task cannot wait for its next turn, so the node stops with it.
    func tickLoop() async {
        var ticks = 0
        while !shared.withLock({ $0.isStopping }) {
            guard !Task.isCancelled else {
                await stop()
                break
            }
            try? await Task.sleep(for: Self.tick)
            ticks += 1
            let now = time.now()
            let actions = shared.withLock { $0.role.advance(now: now.monotonic) }
            await perform(actions)
            takeBackLapsed(now: now)
            deliver(now: now)
            let due = shared.withLock { $0.waiters.removeDue(at: now.monotonic) }
            for waiter in due { waiter.reply(.success(nil)) }
            if ticks % 40 == 0 { await retryDisk() }
            if configuration.has(.ackBeforeCommit) { commitAnswered(now: now) }
            if ticks % 12_000 == 0 { _ = inbox.send(.forgetKeys) }
        }
        let waiters = shared.withLock { $0.waiters.removeAll() }
        for waiter in waiters { waiter.reply(.failure(.stopping())) }
    }

    /// Acquires and keeps the lease; until the node stops.
    func leaseLoop() async {
        var trouble = ""
        while true {
            let (action, epoch) = shared.withLock { ($0.role.nextAction, $0.role.epoch) }
            guard let action else { return }
            let sentAt = time.now().monotonic
            // A half-taken snapshot must not become the service's state.
            let isWhole = shared.withLock { $0.position != Store.incomplete }
            do {
                guard isWhole || action != .acquire else {
                    try await Task.sleep(for: .milliseconds(20))
                    continue
                }
                let view = try await leases.perform(leaseRequest(action, epoch: epoch))
                await answered(view, to: action, sentAt: sentAt)
                report(loss(in: view) ?? "", after: &trouble)
            } catch {
                report("\(error)", after: &trouble)
            }
            let isPrimary = shared.withLock { $0.role.servingEpoch != nil }
            try? await Task.sleep(
                for: isPrimary
                    ? configuration.lease / 3
                    : min(.milliseconds(100), configuration.lease / 10))
        }
    }

    /// Says why there is no lease; once, for it is asked for ten times a second.
    private func report(_ reason: String, after trouble: inout String) {
        guard reason != trouble else { return }
        trouble = reason
        if !reason.isEmpty { logger.warning("no lease", metadata: ["reason": "\(reason)"]) }
    }

    /// What the lease store knows this node to have lost; nil when it has everything.
    private func loss(in view: LeaseView) -> String? {
        guard let known = view.eligible.first(where: { $0.name == configuration.name }) else {
            return nil
        }
        if known.store != storeIdentity {
            return "this is not the store that held every message; it has to catch up first"
        }
        guard shared.withLock({ $0.position < known.position }) else { return nil }
        return "this store has lost commits up to \(known.position.index); it has to catch up first"
    }

    /// Takes an answer of the lease store in.
    func answered(_ view: LeaseView, to action: LeaseRequest.Action, sentAt: Int64) async {
        let actions = shared.withLock {
            $0.role.answered(view, to: action, sentAt: sentAt, now: time.now().monotonic)
        }
        await perform(actions)
    }

    private func takeBackLapsed(now: Moment) {
        let lapsed = shared.withLock { shared in
            let lapsed = shared.queue.advance(now: now)
            shared.counts.leasesLapsed += lapsed.count
            return lapsed
        }
        for (id, receipt) in lapsed {
            let operation = Operation.reject(id, receipt, error: "lease expired")
            let retry: @Sendable (Outcome) -> Void = { [self] outcome in
                // It could not be stored; the message must not stay leased for ever.
                guard case .refused(let problem) = outcome, problem.isTransient else { return }
                let later = time.now().monotonic + 200_000_000
                shared.withLock { $0.queue.recheck(id, receipt: receipt, at: later) }
            }
            if !inbox.send(.operation(operation, retry)) {
                retry(.refused(.overloaded("too many operations wait")))
            }
        }
    }

    /// Looks whether space has returned.
    private func retryDisk() async {
        guard shared.withLock({ $0.disk == .full }),
            store.hasRoom(besides: reserveSpace.bytes), reserveSpace.take()
        else { return }
        await store.endFull()
        shared.withLock { $0.disk = .available }
        logger.notice("space has returned; enqueues are accepted")
    }

    private func commitAnswered(now: Moment) {
        let messages = shared.withLock { shared in
            let due = shared.answered.prefix { $0.enqueuedAt + Self.commitDelay <= now.wall }
            shared.answered.removeFirst(due.count)
            return Array(due)
        }
        guard !messages.isEmpty else { return }
        _ = inbox.send(.operation(.enqueueAnswered(messages), { _ in }))
    }

    /// How long the weakness `ack-before-commit` keeps an answered message in memory alone, in
    /// milliseconds: a crash loses as much, whenever it comes.
    private static let commitDelay: Int64 = 500
}
