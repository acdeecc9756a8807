import Synchronization

/// The primary's side of replication that goes on beside the commit loop: one loop a peer.
extension Node {
    /// How old a commit is before the weakness `async-replication` ships it.
    static let shippingDelay = Duration.milliseconds(500)

    /// Keeps a peer's company while this node is the primary; until the node stops.
    func peerLoop(_ peer: PeerLink) async {
        while !shared.withLock({ $0.isStopping }) {
            guard let epoch = shared.withLock({ $0.queue.servingEpoch }) else {
                try? await Task.sleep(for: .milliseconds(20))
                continue
            }
            if !peer.isAttached {
                let attached = await catchUp(peer, epoch: epoch)
                if !attached { try? await Task.sleep(for: .milliseconds(100)) }
            } else if isAsynchronous {
                await follow(peer, epoch: epoch)
            } else {
                await greet(peer, epoch: epoch)
                try? await Task.sleep(for: configuration.lease / 3)
            }
        }
    }

    /// Tells a peer who the primary is, and notices when it is gone.
    private func greet(_ peer: PeerLink, epoch: Int64) async {
        let answer = await peer.send(
            replicationRequest(.hello, epoch: epoch), timeout: configuration.standbyTimeout)
        if case .stored = answer { return }
        await hear(answer)
        _ = inbox.send(.detach(peer, epoch: epoch, reason: "\(answer)"))
    }

    /// Ships what a peer lacks, or everything when histories differ; true once it is attached.
    private func catchUp(_ peer: PeerLink, epoch: Int64) async -> Bool {
        let answer = await peer.send(
            replicationRequest(.hello, epoch: epoch), timeout: configuration.standbyTimeout)
        guard case .stored(var position, _) = answer else {
            peer.state.withLock { $0.reason = "\(answer)" }
            await hear(answer)
            return false
        }
        while shared.withLock({ $0.queue.servingEpoch == epoch && !$0.isStopping }) {
            guard let missing = shared.withLock({ $0.history.commits(after: position) }) else {
                guard let reached = await sendSnapshot(to: peer, epoch: epoch) else {
                    return false
                }
                position = reached
                continue
            }
            if missing.count <= 64 {
                return await withCheckedContinuation { continuation in
                    if !inbox.send(.attach(peer, epoch: epoch, continuation)) {
                        continuation.resume(returning: false)
                    }
                }
            }
            guard let reached = await send(missing, after: position, to: peer, epoch: epoch) else {
                return false
            }
            position = reached
        }
        return false
    }

    private func send(
        _ commits: [Commit], after position: CommitPosition, to peer: PeerLink, epoch: Int64
    ) async -> CommitPosition? {
        let request = replicationRequest(.commits(previous: position, commits), epoch: epoch)
        // A large batch may take longer than one commit may.
        let answer = await peer.send(request, timeout: configuration.standbyTimeout * 5)
        guard case .stored(let reached, _) = answer else {
            peer.state.withLock { $0.reason = "\(answer)" }
            await hear(answer)
            return nil
        }
        return reached
    }

    private func sendSnapshot(to peer: PeerLink, epoch: Int64) async -> CommitPosition? {
        let (state, position) = shared.withLock { shared in
            shared.counts.snapshots += 1
            return (shared.queue, shared.position)
        }
        let contents: [ReplicationRequest.Content] =
            [.beginSnapshot]
            + SnapshotPart.parts(of: state, at: position).map { .snapshot($0) }
        for content in contents {
            let answer = await peer.send(
                replicationRequest(content, epoch: epoch),
                timeout: configuration.standbyTimeout * 10)
            guard case .stored = answer else {
                peer.state.withLock { $0.reason = "\(answer)" }
                await hear(answer)
                return nil
            }
        }
        return position
    }

    /// Ships commits to a peer that nobody waits for.
    private func follow(_ peer: PeerLink, epoch: Int64) async {
        let delay = configuration.has(.asyncReplication) ? Self.shippingDelay : .zero
        try? await Task.sleep(for: .milliseconds(10))
        guard let position = peer.state.withLock({ $0.position }) else { return }
        let horizon = time.now().monotonic - delay.nanoseconds
        let missing = shared.withLock { $0.history.commits(after: position, before: horizon) }
        if missing?.isEmpty == true { return }
        if let missing, await send(missing, after: position, to: peer, epoch: epoch) != nil {
            return
        }
        try? await Task.sleep(for: .milliseconds(100))
        if configuration.has(.asyncReplication) {
            // The weakness: it stays eligible although nobody knows what it lacks.
            await refollow(peer, epoch: epoch)
        } else {
            _ = inbox.send(.detach(peer, epoch: epoch, reason: "it does not follow"))
        }
    }

    private func refollow(_ peer: PeerLink, epoch: Int64) async {
        let answer = await peer.send(
            replicationRequest(.hello, epoch: epoch), timeout: configuration.standbyTimeout)
        guard case .stored(let position, _) = answer else { return await hear(answer) }
        if shared.withLock({ $0.history.commits(after: position) }) == nil {
            _ = await sendSnapshot(to: peer, epoch: epoch)
        }
    }
}
