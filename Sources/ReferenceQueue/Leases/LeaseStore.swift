/// Who decides which node is the primary; the arbiter process by default.
///
/// The store keeps one record: an epoch that only grows, its holder, when the lease lapses, and
/// which nodes are eligible, that is hold every message that was ever acknowledged. It grants the
/// lease when it has lapsed, to an eligible node only, with a new epoch, and makes that node the
/// only eligible one. A node counts as eligible as long as its store is the one on record and has
/// not fallen behind what is on record of it. A store without its record grants nothing before every
/// lease it may have forgotten has lapsed. Any linearizable key-value store with leases can
/// implement it.
protocol LeaseStore: Sendable {
    /// Performs a request and gives the record as it is then.
    ///
    /// Throws when the store cannot be reached or does not answer in time; the request may then
    /// have been performed or not.
    func perform(_ request: LeaseRequest) async throws -> LeaseView
}

/// What a node asks of the lease store.
struct LeaseRequest: Sendable, Equatable {
    enum Action: String, Sendable {
        /// Become the primary; `epoch` is the highest one the node has seen.
        case acquire
        /// Stay the primary of `epoch`.
        case renew
        /// Stay the primary of `epoch` and record who is eligible.
        case record
        /// Give the lease of `epoch` up.
        case release
    }

    var action: Action
    var node: String
    /// Where clients reach the node.
    var address: String
    /// Tells two lives of a node's process apart.
    var incarnation: String
    var epoch: Int64
    /// The identity of the node's store.
    var store: String
    /// How far the node's store has got.
    var position: CommitPosition
    /// Nodes that hold every acknowledged message; with `record` alone.
    var eligible: [EligibleNode] = []
    /// How long the lease is asked for.
    var lease: Duration
}

/// The lease as its store sees it.
struct LeaseView: Sendable, Equatable {
    /// Whether the request was granted.
    var granted: Bool
    var epoch: Int64
    var holder: String?
    var address: String?
    var eligible: [EligibleNode]
}

/// The lease store of a node without an arbiter: it always is the primary.
struct SoloLeaseStore: LeaseStore {
    func perform(_ request: LeaseRequest) async throws -> LeaseView {
        LeaseView(
            granted: true, epoch: request.action == .acquire ? request.epoch + 1 : request.epoch,
            holder: request.node, address: request.address, eligible: [])
    }
}
