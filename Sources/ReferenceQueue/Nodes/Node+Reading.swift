import Synchronization

/// What a node tells about itself; any node answers, a standby from what it has got so far.
extension Node {
    /// A message and where it stands.
    func entry(_ id: MessageIdentifier) -> QueueState.Entry? {
        shared.withLock { $0.queue.entries[id] }
    }

    /// The counters of every queue.
    func queueCounters() -> [String: QueueState.Counters] { shared.withLock { $0.queue.counters } }

    /// Dead letters in the order of their ids, after a given one.
    func deadLetters(queue: String, after: MessageIdentifier?, limit: Int) -> [Message] {
        shared.withLock { shared in
            let dead = shared.queue.deadLetters[queue] ?? []
            return dead.filter { id in after.map { id > $0 } ?? true }.sorted().prefix(limit)
                .compactMap { shared.queue.entries[$0]?.message }
        }
    }

    /// The node's condition now.
    func status() -> NodeStatus {
        let free = store.freeBytes
        let now = time.now()
        return shared.withLock { shared in
            NodeStatus(
                name: configuration.name, epoch: shared.role.epoch,
                isPrimary: shared.role.servingEpoch != nil,
                holdsLease: shared.role.holdsLease(at: now.monotonic), holder: shared.role.holder,
                holderAddress: shared.role.address, position: shared.position,
                disk: shared.disk, freeBytes: free, isStopping: shared.isStopping,
                counts: shared.counts)
        }
    }
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
