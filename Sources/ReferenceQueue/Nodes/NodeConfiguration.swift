/// Everything a node is told when it starts.
public struct NodeConfiguration: Sendable {
    /// When a message counts as durable.
    public enum Durability: String, Sendable, CaseIterable {
        /// Here and on every attached standby.
        case synced
        /// Here; standbys follow, and a failover may lose what they had not got yet.
        case async
    }

    /// Another node of the same service.
    public struct Peer: Sendable {
        /// Its name.
        public var name: String
        /// Its base URL, `http://host:port`.
        public var address: String

        /// A peer with a name and a base URL.
        public init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// The node's name, unique within the service.
    public var name: String
    /// The directory that holds its data; made when missing.
    public var dataDirectory: String
    /// The host to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    public var port = 0
    /// The base URL to tell others; nil for the listening address.
    public var advertisedAddress: String?
    /// The arbiter's base URL; nil for a node that is always the primary.
    public var arbiter: String?
    /// The other nodes.
    public var peers: [Peer] = []
    /// When a message counts as durable.
    public var durability = Durability.synced
    /// How redelivery backs off.
    public var retryPolicy = RetryPolicy()
    /// How long a primary's lease lasts.
    public var lease = Duration.seconds(2)
    /// How long a commit may take on a standby before the primary goes on without it.
    public var standbyTimeout = Duration.seconds(1)
    /// How long a callback may take.
    public var callbackTimeout = Duration.seconds(5)
    /// Planted bugs.
    public var weaknesses: Set<Weakness> = []
    /// Seed of the jitter.
    public var seed: UInt64 = 0
    /// A bound on the database in pages of 4 KiB; nil for none.
    public var maximumPages: Int?
    /// How long an idempotency key is kept.
    public var keyLifetime = Duration.seconds(24 * 3600)
    /// How many idempotency keys are kept.
    public var keyLimit = 1_000_000

    /// What the nodes and the arbiter show each other; nil when they take anybody's word.
    public var clusterToken: ClusterToken?
    /// What clients may cost the node.
    public var limits = RequestLimits()

    /// A node with a name and a data directory, everything else by default.
    public init(name: String, dataDirectory: String) {
        self.name = name
        self.dataDirectory = dataDirectory
    }
}
