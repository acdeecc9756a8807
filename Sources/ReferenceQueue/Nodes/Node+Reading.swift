import Synchronization

/// What a node tells about itself; any node answers, a standby from what it has got so far.
extension Node {
    /// A message and where it stands.
    func entry(_ id: MessageIdentifier) -> QueueState.Entry? {
        shared.withLock { $0.queue.entries[id] }
    }

    /// The counters of every queue.
    func queueCounters() -> [String: QueueState.Counters] { shared.withLock { $0.queue.counters } }

    /// Dead letters in the order of their ids, after a given one, and whether there are more.
    ///
    /// At most `limit` of them, and no more than fit `maximumBytes`, but at least one.
    func deadLetters(
        queue: String, after: MessageIdentifier?, limit: Int, maximumBytes: Int = 4 << 20
    ) -> (page: [Message], hasMore: Bool) {
        shared.withLock { shared in
            // One more than asked for tells whether there is more.
            let rest = shared.queue.deadLetters[queue]?.prefix(limit + 1, after: after) ?? []
            var page: [Message] = []
            var bytes = 0
            for id in rest {
                guard let message = shared.queue.entries[id]?.message else { continue }
                bytes += message.body.utf8.count
                guard page.isEmpty || page.count < limit && bytes <= maximumBytes else {
                    return (page, true)
                }
                page.append(message)
            }
            return (page, false)
        }
    }

    private func lag(_ shared: borrowing Shared) -> Int64 {
        guard shared.role.servingEpoch == nil else {
            return peerStatuses(shared).compactMap(\.lag).max() ?? 0
        }
        return max(0, (shared.primaryPosition ?? shared.position).index - shared.position.index)
    }

    private func peerStatuses(_ shared: borrowing Shared) -> [PeerStatus] {
        guard shared.role.servingEpoch != nil else { return [] }
        let index = shared.position.index
        return peers.map { peer in
            peer.state.withLock { state in
                PeerStatus(
                    name: peer.name, isAttached: state.isAttached,
                    lag: state.position.map { max(0, index - $0.index) }, reason: state.reason)
            }
        }
    }

    /// The node's condition now.
    func status() -> NodeStatus {
        let free = store.freeBytes
        let now = time.now()
        return shared.withLock { shared in
            NodeStatus(
                name: configuration.name, epoch: shared.role.epoch,
                // The lease alone does not serve: the commit loop has to take it up first.
                isPrimary: shared.role.servingEpoch != nil
                    && shared.queue.servingEpoch == shared.role.servingEpoch,
                holdsLease: shared.role.holdsLease(at: now.monotonic), holder: shared.role.holder,
                holderAddress: shared.role.address, position: shared.position,
                disk: shared.disk, freeBytes: free, isStopping: shared.isStopping,
                counts: shared.counts,
                consumersWaiting: shared.waiters.count - shared.waiters.count(in: .callbacks),
                lag: lag(shared),
                peers: peerStatuses(shared), wall: TimeSource.sinceEpoch,
                boot: TimeSource.sinceBoot)
        }
    }
}

/// A standby as its primary sees it.
struct PeerStatus: Sendable {
    var name: String
    var isAttached: Bool
    var lag: Int64?
    var reason: String
}

/// A node's condition at one moment.
struct NodeStatus: Sendable {
    var name: String
    var epoch: Int64
    var isPrimary: Bool
    var holdsLease: Bool
    var holder: String?
    var holderAddress: String?
    var position: CommitPosition
    var disk: Node.DiskState
    var freeBytes: Int64
    var isStopping: Bool
    var counts: NodeCounts
    /// Consumers that wait for a message.
    var consumersWaiting: Int
    /// Commits that the standby furthest behind, or this standby, lacks.
    var lag: Int64
    /// On a primary, its standbys.
    var peers: [PeerStatus]
    /// What the node takes the time for: milliseconds since 1970.
    var wall: Int64
    /// Milliseconds of the continuous clock, since the machine's start.
    var boot: Int64

    /// Why the node may not take traffic; empty when it may.
    var reasons: [String] {
        var reasons: [String] = []
        if !isPrimary { reasons.append("standby") }
        if isPrimary, !holdsLease { reasons.append("no-lease") }
        if disk == .full { reasons.append("disk-full") }
        if isStopping { reasons.append("stopping") }
        return reasons
    }
}
