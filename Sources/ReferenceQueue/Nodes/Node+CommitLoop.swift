import Glibc
import Logging
import Synchronization

/// The loop through which everything durable goes.
extension Node {
    private typealias Pending = (operation: Operation, reply: @Sendable (Outcome) -> Void)

    /// The most operations that share one commit.
    private static let batchLimit = 1024

    func commitLoop() async {
        while true {
            let commands = await inbox.take()
            guard !commands.isEmpty else { return }
            var operations: [Pending] = []
            for command in commands {
                if case .operation(let operation, let reply) = command {
                    operations.append((operation, reply))
                    guard operations.count >= Self.batchLimit else { continue }
                }
                await commit(operations)
                operations = []
                await perform(command)
            }
            await commit(operations)
        }
    }

    private func perform(_ command: Command) async {
        switch command {
        case .operation: break
        case .promote(let epoch): await promote(epoch)
        case .demote: demote()
        case .receive(let request, let answer): answer.resume(returning: await receive(request))
        case .attach(let peer, let epoch, let answer):
            answer.resume(returning: await attach(peer, epoch: epoch))
        case .detach(let peer, let epoch, let reason):
            await detach(peer, epoch: epoch, reason: reason)
        case .forgetKeys: await forgetKeys()
        }
    }

    /// Commits operations in as few batches as their dependencies allow.
    private func commit(_ operations: [Pending]) async {
        var remaining = operations
        while !remaining.isEmpty { remaining = await commitBatch(remaining) }
    }

    /// Commits one batch; gives what has to be planned again.
    private func commitBatch(_ operations: [Pending]) async -> [Pending] {
        let limits = CommitPlan.Limits(keepsKeysUnique: !configuration.has(.noDeduplication))
        let planned: Result<(CommitPlan, CommitPosition), Problem> = shared.withLock { shared in
            guard let epoch = shared.role.servingEpoch, shared.queue.servingEpoch == epoch else {
                shared.counts.refusedRole += operations.count
                return .failure(
                    .notPrimary(name: shared.role.holder, address: shared.role.address))
            }
            let plan = CommitPlan(
                operations.map(\.operation), state: &shared.queue,
                policy: configuration.effectiveRetryPolicy, limits: limits, now: time.now(),
                generator: &shared.generator)
            return .success(
                (plan, CommitPosition(index: shared.position.index + 1, epoch: epoch)))
        }
        guard case .success(let (plan, position)) = planned else {
            if case .failure(let problem) = planned {
                for operation in operations { operation.reply(.refused(problem)) }
            }
            return []
        }
        if !plan.changes.isEmpty {
            let commit = Commit(position: position, changes: plan.changes)
            do {
                try store.append([commit])
            } catch {
                return await refuse(operations, after: error)
            }
            applyCommit(commit)
            guard await replicate(commit) else {
                for operation in operations { operation.reply(.refused(.noLease)) }
                return []
            }
        }
        return answer(operations, plan)
    }

    /// Puts a durable commit into memory and delivers what became ready.
    func applyCommit(_ commit: Commit) {
        let now = time.now()
        shared.withLock { shared in
            for change in commit.changes { shared.queue.apply(change, now: now) }
            shared.position = commit.position
            shared.history.append(commit, time: now.monotonic)
            shared.counts.commits += 1
            shared.counts.add(commit.changes)
        }
        deliver(now: now)
    }

    private func answer(_ operations: [Pending], _ plan: CommitPlan) -> [Pending] {
        // The lease is looked at again: a node that was stopped since must not acknowledge.
        let mayAnswer = shared.withLock { shared in
            shared.counts.add(plan.outcomes)
            return shared.role.holdsLease(at: time.now().monotonic)
                || configuration.has(.noFencing)
        }
        var deferred: [Pending] = []
        for (operation, outcome) in zip(operations, plan.outcomes) {
            switch outcome {
            case nil: deferred.append(operation)
            case .refused?: operation.reply(outcome ?? .settled)
            case let outcome?: operation.reply(mayAnswer ? outcome : .refused(.noLease))
            }
        }
        return deferred
    }

    /// Answers a batch that could not be stored; gives the part of it that may still fit.
    private func refuse(_ operations: [Pending], after error: StoreError) async -> [Pending] {
        guard error.isFull else {
            logger.error("commit failed", metadata: ["reason": "\(error)"])
            for operation in operations { operation.reply(.refused(.storage("\(error)"))) }
            return []
        }
        if configuration.has(.crashOnFullDisk) {
            logger.critical("fatal: the disk is full")
            exit(70)
        }
        let isNews = shared.withLock { shared in
            defer { shared.disk = .full }
            return shared.disk != .full
        }
        if isNews { logger.warning("the disk is full; enqueues are refused") }
        let growing = operations.filter(\.operation.grows)
        let settling = operations.filter { !$0.operation.grows }
        shared.withLock { $0.counts.refusedFull += growing.count }
        for operation in growing { operation.reply(.refused(.diskFull)) }
        // Without the reserve there is nothing more to try.
        guard isNews || !growing.isEmpty else {
            for operation in settling { operation.reply(.refused(.diskFull)) }
            return []
        }
        reserveSpace.release()
        if isNews { await store.beginFull() }
        return settling
    }

    private func promote(_ epoch: Int64) async {
        do {
            try store.see(epoch: epoch)
        } catch {
            // The lease itself fences older epochs; the record only helps an arbiter that forgot.
            logger.warning("cannot record the epoch", metadata: ["reason": "\(error)"])
        }
        for peer in peers { peer.reset() }
        let now = time.now()
        shared.withLock { shared in
            guard shared.role.servingEpoch == epoch else { return }
            // The grant made this node the only eligible one.
            shared.possiblyEligible = [configuration.name]
            shared.queue.startServing(epoch: epoch, now: now)
            shared.counts.promotions += 1
        }
        logger.notice("primary", metadata: ["epoch": "\(epoch)"])
    }

    func demote() {
        let waiters = shared.withLock { shared in
            shared.queue.stopServing()
            shared.answered = []
            shared.counts.demotions += 1
            return shared.waiters.removeAll()
        }
        for waiter in waiters {
            let problem = shared.withLock {
                Problem.notPrimary(name: $0.role.holder, address: $0.role.address)
            }
            waiter.reply(.failure(problem))
        }
        logger.notice("standby")
    }

    private func forgetKeys() async {
        let oldest =
            time.now().wall - Int64(configuration.keyLifetime.milliseconds)
        let limit = configuration.keyLimit
        shared.withLock { $0.queue.forgetKeys(before: oldest, keeping: limit) }
        do {
            try store.forgetKeys(before: oldest, keeping: limit)
        } catch {
            logger.warning("cannot forget old keys", metadata: ["reason": "\(error)"])
        }
    }
}

extension NodeCounts {
    fileprivate mutating func add(_ made: [Change]) {
        changes += made.count
        for change in made {
            switch change {
            case .acknowledge: acknowledged += 1
            case .retry, .bury: rejected += 1
            case .enqueue, .redrive: break
            }
        }
    }

    fileprivate mutating func add(_ outcomes: [Outcome?]) {
        for case .enqueued(let messages)? in outcomes {
            let repeats = messages.count(where: \.isDuplicate)
            duplicates += repeats
            enqueued += messages.count - repeats
        }
    }
}
