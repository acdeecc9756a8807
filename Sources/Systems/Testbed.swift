public import FaultProxy
public import Kernel
public import Playbooks
public import Records

/// A running target that the drill itself started.
///
/// Every process, file system and proxy of a testbed is bound to the drill's life: what the kernel
/// does not take down with the drill has an undo record before it exists.
public protocol Testbed: Sendable {
    /// The nodes in the order of their names; roles and processes are as they are now.
    func nodes() async -> [NodeState]

    /// The links that faults may disturb, each with the proxy that carries it.
    var links: [TestbedLink] { get }

    /// Makes a client that reaches the nodes over the links of the clients.
    func makeClient() async throws -> any QueueClient

    /// Starts a node's process again after it ended; returns when the process runs.
    func restart(node: String) async throws

    /// The same with a monotonic clock and a time since boot that are ahead of ours by `offset`, or
    /// behind when it is negative, in a time namespace of the process's own (time_namespaces(7)).
    func restart(node: String, clockOffset offset: Duration) async throws

    /// Mounts a node's own file system anew, as its host does after a loss of power.
    ///
    /// Throws when the node runs, or has no file system on a disk of its own.
    func remount(node: String) async throws

    /// Asks a node for its status by the target's own means, around the proxies.
    func status(of node: String) async -> StatusAnswer

    /// Asks a node what it takes the time for, around the proxies.
    ///
    /// Throws when it does not answer within a second, and when its target shows no clock.
    func clock(of node: String) async throws -> NodeClock

    /// Measures the round trip of one small status request over a link, through its proxy.
    ///
    /// The request uses a connection of its own that is opened anew for each link and kept between
    /// calls, and changes nothing in the service. Nil when no answer came within the deadline.
    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration?

    /// The URL at which a node answers HTTP, around the proxies; nil when it does not.
    func address(of node: String) -> String?

    /// How many messages wait, are leased, or are dead in the queue, summed over what `node` knows.
    func depth(of queue: String, on node: String) async throws -> QueueDepth

    /// The identifiers of the messages in the dead-letter queue.
    func deadLetters(of queue: String) async throws -> [MessageIdentifier]

    /// The redelivery policy that the target was configured with; nil when it has none.
    var redelivery: RetryPolicy? { get }

    /// What the proxies saw of attempts, since the start.
    var wire: WireLog { get }

    /// Stops everything and verifies that it is gone; safe to call twice.
    func stop() async -> [Comparison]
}

extension Testbed {
    public func restart(node: String, clockOffset offset: Duration) async throws {
        throw SystemError(
            attempt: "start node \(node) with another clock",
            reason: "this target does not start its nodes so")
    }

    public func remount(node: String) async throws {
        throw SystemError(
            attempt: "mount the file system of node \(node) anew",
            reason: "this target gives its nodes none")
    }

    public func clock(of node: String) async throws -> NodeClock {
        throw SystemError(
            attempt: "read the clock of node \(node)", reason: "this target does not show it")
    }
}

/// One node of a testbed.
public struct NodeState: Sendable, Equatable {
    public var name: String
    public var role: NodeRole
    /// Nil while the node's process is dead.
    public var process: ProcessIdentity?
    /// The node's data directory.
    public var dataDirectory: String
    /// The root of the node's own file system; nil when it shares one.
    public var fileSystem: String?
    /// The port on loopback that the node listens on.
    public var port: Int

    public init(
        name: String, role: NodeRole, process: ProcessIdentity?, dataDirectory: String,
        fileSystem: String?, port: Int
    ) {
        self.name = name
        self.role = role
        self.process = process
        self.dataDirectory = dataDirectory
        self.fileSystem = fileSystem
        self.port = port
    }
}

/// A directed path of traffic in a testbed.
public struct TestbedLink: Sendable {
    /// `clients` or a node's name.
    public var source: String
    /// A node's name.
    public var destination: String
    public var proxy: FaultProxy

    public init(source: String, destination: String, proxy: FaultProxy) {
        self.source = source
        self.destination = destination
        self.proxy = proxy
    }
}

/// What a target says of itself.
public struct StatusAnswer: Sendable, Equatable {
    public var result: ProbeSample.Result
    public var answer: String
    public var role: NodeRole?
    /// The fencing epoch, where the target has one.
    public var epoch: UInt64?
    public var value: Double?

    public init(
        result: ProbeSample.Result, answer: String, role: NodeRole? = nil, epoch: UInt64? = nil,
        value: Double? = nil
    ) {
        self.result = result
        self.answer = answer
        self.role = role
        self.epoch = epoch
        self.value = value
    }
}

/// What is in a queue.
public struct QueueDepth: Sendable, Equatable {
    public var ready: Int
    public var delayed: Int
    public var leased: Int
    public var dead: Int

    public init(ready: Int, delayed: Int, leased: Int, dead: Int) {
        self.ready = ready
        self.delayed = delayed
        self.leased = leased
        self.dead = dead
    }
}
