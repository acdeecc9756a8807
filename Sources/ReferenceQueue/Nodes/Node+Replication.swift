import Logging
import Synchronization

/// The primary's side of replication, as far as the commit loop does it.
extension Node {
    /// Whether commits are answered before the standby has them.
    var isAsynchronous: Bool {
        configuration.durability == .async || configuration.has(.asyncReplication)
    }

    /// Has a commit made durable on every attached peer.
    ///
    /// A peer that fails is left behind, and no longer eligible, before this returns. False when
    /// that could not be recorded: then nobody may be told that the commit is safe.
    func replicate(_ commit: Commit) async -> Bool {
        let attached = peers.filter(\.isAttached)
        if isAsynchronous || configuration.has(.noFencing) && isLost { return true }
        if !attached.isEmpty {
            let request = replicationRequest(
                .commits(previous: previousPosition(of: commit), [commit]),
                epoch: commit.position.epoch)
            await withTaskGroup(of: Void.self) { group in
                for peer in attached {
                    group.addTask { await self.ship(request, to: peer) }
                }
            }
        }
        return await recordEligible(epoch: commit.position.epoch)
    }

    private var isLost: Bool { shared.withLock { $0.role.lostAt != nil } }

    private func ship(_ request: ReplicationRequest, to peer: PeerLink) async {
        let answer = await peer.send(request, timeout: configuration.standbyTimeout)
        if case .stored = answer { return }
        leave(peer, reason: "\(answer)")
        await hear(answer)
    }

    /// The history always has the commit and its predecessor's position.
    private func previousPosition(of commit: Commit) -> CommitPosition {
        shared.withLock { $0.history.position(before: commit.position) }
    }

    func replicationRequest(
        _ content: ReplicationRequest.Content, epoch: Int64
    ) -> ReplicationRequest {
        ReplicationRequest(
            epoch: epoch, primary: configuration.name, address: address.withLock { $0 },
            position: shared.withLock { $0.position }, content: content)
    }

    /// Takes in that a peer knows a higher epoch.
    func hear(_ answer: ReplicationAnswer) async {
        guard case .staleEpoch(let epoch) = answer else { return }
        let actions = shared.withLock {
            $0.role.outranked(by: epoch, now: time.now().monotonic)
        }
        await perform(actions)
    }

    private func leave(_ peer: PeerLink, reason: String) {
        let wasAttached = peer.state.withLock { state in
            state.reason = reason
            defer { state.isAttached = false }
            return state.isAttached
        }
        guard wasAttached else { return }
        logger.warning(
            "standby left behind", metadata: ["peer": "\(peer.name)", "why": "\(reason)"])
    }

    /// Makes the lease store's set of eligible nodes no larger than those that have everything.
    ///
    /// Tries as long as the lease holds. `adding` names a peer that is to become eligible.
    func recordEligible(epoch: Int64, adding peer: PeerLink? = nil) async -> Bool {
        let complete = peers.filter { $0.isAttached || $0 === peer }
        let wanted = Set(complete.map(\.name) + [configuration.name])
        var isFirst = true
        while isFirst || shared.withLock({ $0.role.holdsLease(at: time.now().monotonic) }) {
            if peer == nil, shared.withLock({ $0.possiblyEligible.isSubset(of: wanted) }) {
                return true
            }
            if !isFirst { try? await Task.sleep(for: .milliseconds(10)) }
            isFirst = false
            // Until the answer is there, both what was and what is asked for may be recorded.
            shared.withLock { $0.possiblyEligible.formUnion(wanted) }
            let sentAt = time.now().monotonic
            guard
                let view = try? await leases.perform(
                    leaseRequest(
                        .record, epoch: epoch,
                        eligible: complete.compactMap(\.eligible) + [eligible]))
            else { continue }
            await answered(view, to: .record, sentAt: sentAt)
            guard view.granted else { return configuration.has(.noFencing) }
            shared.withLock { $0.possiblyEligible = wanted }
            return true
        }
        return configuration.has(.noFencing)
    }

    /// This node as the lease store is to know it.
    private var eligible: EligibleNode {
        EligibleNode(
            name: configuration.name, store: storeIdentity,
            position: shared.withLock { $0.position })
    }

    /// Brings a peer fully up to date and attaches it; false when it is too far behind or fails.
    func attach(_ peer: PeerLink, epoch: Int64) async -> Bool {
        guard shared.withLock({ $0.queue.servingEpoch == epoch }), !peer.isAttached,
            let position = peer.state.withLock({ $0.position }),
            let missing = shared.withLock({ $0.history.commits(after: position) })
        else { return false }
        let isAll = (missing.last?.position ?? position) == shared.withLock { $0.position }
        guard isAll else { return false }
        if !missing.isEmpty {
            let request = replicationRequest(
                .commits(previous: position, missing), epoch: epoch)
            let answer = await peer.send(request, timeout: configuration.standbyTimeout)
            guard case .stored = answer else {
                await hear(answer)
                return false
            }
        }
        guard await recordEligible(epoch: epoch, adding: peer) else { return false }
        peer.state.withLock { state in
            state.isAttached = true
            state.reason = ""
        }
        logger.notice("standby attached", metadata: ["peer": "\(peer.name)"])
        return true
    }

    /// Goes on without a peer that did not answer.
    func detach(_ peer: PeerLink, epoch: Int64, reason: String) async {
        guard shared.withLock({ $0.queue.servingEpoch == epoch }), peer.isAttached else { return }
        leave(peer, reason: reason)
        _ = await recordEligible(epoch: epoch)
    }
}
