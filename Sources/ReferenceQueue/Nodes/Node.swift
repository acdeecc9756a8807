import Logging
import Synchronization

/// One node of the queue service, without its HTTP server.
///
/// A single loop, the commit loop, does everything that changes what is durable, in order: batches
/// of operations, commits from a primary, changes of role. What is in memory alone (delivery,
/// leases of messages) happens under the lock of `shared`.
final class Node: Sendable {
    /// What the lock protects.
    struct Shared {
        var queue: QueueState
        var role: RoleMachine
        var position: CommitPosition
        var history: CommitHistory
        /// How far the primary has got, as a standby last heard.
        var primaryPosition: CommitPosition?
        /// Whom the lease store may have on record as eligible.
        var possiblyEligible: Set<String> = []
        var waiters = Waiters()
        var generator: SeededGenerator
        var nextWaiter: UInt64 = 0
        var disk = DiskState.available
        var counts = NodeCounts()
        var isStopping = false
        /// Enqueues answered before their commit: the weakness `ack-before-commit`.
        var answered: [Message] = []
    }

    enum DiskState: Sendable, Equatable {
        case available
        /// The last write found no space.
        case full
    }

    let configuration: NodeConfiguration
    let store: Store
    let reserveSpace: DiskReserve
    let leases: any LeaseStore
    let time: TimeSource
    let logger: Logger
    let inbox: Inbox
    let shared: Mutex<Shared>
    /// Where clients reach this node; known once it listens.
    let address = Mutex("")
    let incarnation: String
    /// The identity of the node's store.
    let storeIdentity: String
    let peers: [PeerLink]

    init(
        _ configuration: NodeConfiguration, leases: any LeaseStore, peers: [PeerLink] = [],
        time: TimeSource = .system,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.leases = leases
        inbox = Inbox(limit: configuration.limits.operations)
        self.time = configuration.has(.uptimeTimestamps) ? .uptime : time
        self.logger = logger
        store = try Store(
            directory: configuration.dataDirectory, maximumPages: configuration.maximumPages,
            syncs: !configuration.has(.noSync))
        self.peers = peers
        reserveSpace = DiskReserve(directory: configuration.dataDirectory)
        let contents = try store.load()
        storeIdentity = contents.identity
        // Never seeded: two lives of one node must not look the same.
        incarnation = String(UInt64.random(in: 0 ... .max), radix: 16)
        shared = Mutex(
            Shared(
                queue: contents.state,
                role: RoleMachine(
                    lease: leases is SoloLeaseStore ? nil : configuration.lease,
                    seenEpoch: max(contents.seenEpoch, contents.position.epoch),
                    isFenced: !configuration.has(.noFencing)),
                position: contents.position,
                history: CommitHistory(after: contents.position),
                generator: SeededGenerator(seed: configuration.seed)))
        _ = reserveSpace.take()
    }

    /// Runs until `stop`; everything that this node does in the background is a child of this.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tickLoop() }
            group.addTask { await self.leaseLoop() }
            for peer in peers { group.addTask { await self.peerLoop(peer) } }
            for _ in 0..<Self.callbackLimit { group.addTask { await self.callbackLoop() } }
            let thread = CommitThread()
            await withTaskExecutorPreference(thread) { await commitLoop() }
            await thread.end()
            // The commit loop ends with the node; the others only wait for their next turn.
            group.cancelAll()
        }
    }

    /// Hands the lease over, answers what waits and ends `run`.
    func stop() async {
        let (actions, epoch) = shared.withLock { shared in
            shared.isStopping = true
            let epoch = shared.role.servingEpoch
            return (shared.role.release(), epoch)
        }
        await perform(actions)
        if let epoch {
            _ = try? await leases.perform(leaseRequest(.release, epoch: epoch))
        }
        inbox.close()
    }

    /// Performs what the role machine decided, in order, and waits until it is done.
    func perform(_ actions: [RoleMachine.Action]) async {
        for action in actions {
            switch action {
            case .promote(let epoch): _ = inbox.send(.promote(epoch: epoch))
            case .demote: _ = inbox.send(.demote)
            }
        }
    }

    func leaseRequest(
        _ action: LeaseRequest.Action, epoch: Int64, eligible: [EligibleNode] = []
    ) -> LeaseRequest {
        LeaseRequest(
            action: action, node: configuration.name, address: address.withLock { $0 },
            incarnation: incarnation, epoch: epoch, store: storeIdentity,
            position: shared.withLock { $0.position }, eligible: eligible,
            lease: configuration.lease)
    }
}

extension NodeConfiguration {
    /// Whether a bug is planted.
    func has(_ weakness: Weakness) -> Bool { weaknesses.contains(weakness) }

    /// The policy in force: the weakness `constant-retry` takes growth and jitter out.
    var effectiveRetryPolicy: RetryPolicy {
        guard has(.constantRetry) else { return retryPolicy }
        var policy = retryPolicy
        policy.factor = 1
        policy.jitter = .none
        return policy
    }
}
