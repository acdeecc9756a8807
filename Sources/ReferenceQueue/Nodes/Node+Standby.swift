import Logging
import Synchronization

/// The standby's side of replication; all of it in the commit loop.
extension Node {
    /// Hands a primary's request to the commit loop.
    func replicated(_ request: ReplicationRequest) async -> ReplicationAnswer {
        await withCheckedContinuation { continuation in
            if !inbox.send(.receive(request, continuation)) {
                continuation.resume(returning: .failed("stopping"))
            }
        }
    }

    /// Does what a primary asks, unless a higher epoch is known.
    func receive(_ request: ReplicationRequest) async -> ReplicationAnswer {
        let (known, actions, refusal) = shared.withLock {
            shared -> (Int64, [RoleMachine.Action], ReplicationAnswer?) in
            let known = shared.role.epoch
            guard request.epoch >= known, request.epoch != shared.role.servingEpoch else {
                return (known, [], ReplicationAnswer.staleEpoch(known))
            }
            let actions = shared.role.heard(
                epoch: request.epoch, holder: request.primary, address: request.address,
                now: time.now().monotonic)
            shared.primaryPosition = request.position
            let refusal = shared.role.servingEpoch.map {
                ReplicationAnswer.failed("primary of epoch \($0)")
            }
            return (known, actions, refusal)
        }
        if actions.contains(.demote) { demote() }
        if let refusal { return refusal }
        do throws(StoreError) {
            // An arbiter that forgot its epochs learns them from the nodes, restarted ones as well.
            if request.epoch > known { try store.see(epoch: request.epoch) }
            return try await store(request.content)
        } catch let error where error.isFull {
            reserveSpace.release()
            let isNews = shared.withLock { shared in
                defer { shared.disk = .full }
                return shared.disk != .full
            }
            if isNews { await store.beginFull() }
            return .diskFull
        } catch {
            logger.error("cannot follow", metadata: ["reason": "\(error)"])
            return .failed("\(error)")
        }
    }

    private func store(
        _ content: ReplicationRequest.Content
    ) async throws(StoreError) -> ReplicationAnswer {
        let position = shared.withLock { $0.position }
        switch content {
        case .hello:
            // A standby without space would fail at once.
            guard shared.withLock({ $0.disk != .full }) else { return .diskFull }
            return stored(position)
        case .commits(let previous, let commits):
            // Sent again because the answer was lost.
            if let last = commits.last, last.position == position { return stored(position) }
            guard previous == position else { return .mismatch(position) }
            try store.append(commits)
            for commit in commits { applyCommit(commit) }
            return stored(commits.last?.position ?? position)
        case .beginSnapshot:
            try store.beginSnapshot()
            shared.withLock { shared in
                shared.queue = QueueState()
                shared.position = Store.incomplete
                shared.history = CommitHistory(after: Store.incomplete)
            }
            return stored(Store.incomplete)
        case .snapshot(let part):
            guard position == Store.incomplete else { return .mismatch(position) }
            try store.addSnapshot(part)
            shared.withLock { shared in
                shared.queue.add(part)
                guard let completes = part.completes else { return }
                shared.position = completes
                shared.history = CommitHistory(after: completes)
            }
            return stored(part.completes ?? position)
        }
    }

    private func stored(_ position: CommitPosition) -> ReplicationAnswer {
        .stored(position, store: storeIdentity)
    }
}
