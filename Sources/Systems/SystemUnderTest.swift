public import Kernel
public import Playbooks
public import Records
public import Undo

/// A kind of queue service that drills can be run against: one folder in `Systems/` each.
public protocol SystemUnderTest: Sendable {
    /// What `target:` may say for this kind.
    static var declaration: KindDeclaration { get }

    init(target: Target) throws

    /// What ``start(in:)`` will start, one line each, for the plan; touches nothing.
    func plannedTestbed() -> [String]

    /// The names of the nodes that will run.
    var nodeNames: [String] { get }

    /// Whether nodes get file systems of their own, for which the drill needs CAP_SYS_ADMIN.
    var mountsFileSystems: Bool { get }

    /// What the nodes' own file systems can come to take of the host.
    var storage: TestbedStorage { get }

    /// Starts the service and returns when it can serve; undoes what it began when it cannot.
    func start(in environment: TestbedEnvironment) async throws -> any Testbed
}

/// How much the nodes' own file systems hold when they are full.
public struct TestbedStorage: Sendable, Equatable {
    /// In images on the host's disk, and in memory.
    public var disk = ByteCount(0)
    /// In memory alone.
    public var memory = ByteCount(0)

    public init(disk: ByteCount = ByteCount(0), memory: ByteCount = ByteCount(0)) {
        self.disk = disk
        self.memory = memory
    }
}

/// What a testbed may use of its drill.
public struct TestbedEnvironment: Sendable {
    /// A directory of the drill's own for data, sockets and logs; removed by the drill's undo.
    public var workDirectory: String
    /// The directory into which the nodes' logs go, whatever its path leads to by then.
    public var logs: HeldDirectory
    /// Where undo records go before anything is started.
    public var undo: any UndoStack
    /// The drill's clock: now, since the drill's start.
    public var now: @Sendable () -> DrillTime
    public var seed: UInt64
    /// Tells the drill of what happens to nodes.
    public var report: @Sendable (Event) -> Void
    /// Whether the drill holds a mount namespace of its own, so that mounts die with it.
    public var hasPrivateMounts: Bool

    public init(
        workDirectory: String, logs: HeldDirectory, undo: any UndoStack,
        now: @escaping @Sendable () -> DrillTime, seed: UInt64,
        report: @escaping @Sendable (Event) -> Void, hasPrivateMounts: Bool
    ) {
        self.workDirectory = workDirectory
        self.logs = logs
        self.undo = undo
        self.now = now
        self.seed = seed
        self.report = report
        self.hasPrivateMounts = hasPrivateMounts
    }
}
