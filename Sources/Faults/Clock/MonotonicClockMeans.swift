import Glibc
import Kernel
import Playbooks
import Records
import Systems

/// Another monotonic clock for nodes: each is started again in a time namespace of its own.
actor MonotonicClockMeans: SkewMeans {
    static let note =
        "the node ended by SIGTERM, after 3 s by SIGKILL, and started again in a time namespace of its "
        + "own: CLOCK_MONOTONIC and CLOCK_BOOTTIME are off, what waits for them and /proc/uptime too; "
        + "never its wall clock"

    /// How long a node may take to end in order, and then to go after SIGKILL.
    private static let grace = Duration.seconds(3)
    private static let patience = Duration.seconds(5)

    nonisolated let backend: String = ClockSkew.monotonicBackend
    nonisolated let note: String = MonotonicClockMeans.note
    nonisolated let clock = "monotonic clock"
    nonisolated let witness = "from inside the node's time namespace"
    nonisolated let doubt = ""
    // Each reading costs a child.
    nonisolated let period = Duration.seconds(1)
    private let processes: [SelectedProcess]
    private let testbed: any Testbed
    private let restart: NodeRestart

    /// The drill's own, in which nodes usually are.
    private var usual: TimeNamespace?
    private var statusBefore: [String: ProbeSample.Result] = [:]
    private var touched: Set<String> = []
    private var problems: [String: String] = [:]
    private(set) var hit: [AimedObject] = []

    init(_ processes: [SelectedProcess], testbed: any Testbed, context: FaultContext) {
        self.processes = processes
        self.testbed = testbed
        restart = NodeRestart(context: context, testbed: testbed)
    }

    func prepare() async throws {
        usual = try TimeNamespace.own()
        for node in processes.compactMap(\.node) {
            statusBefore[node] = await testbed.status(of: node).result
        }
    }

    func skew(by offset: Duration) async throws {
        for process in processes {
            guard let node = process.node else { continue }
            touched.insert(node)
            try await end(process.identity, of: node)
            try await testbed.restart(node: node, clockOffset: offset)
        }
    }

    func readBack(_ offset: Duration) async throws {
        for node in processes.compactMap(\.node) {
            guard let usual, let process = await restart.process(of: node) else {
                throw failure("start it again", node, "it has no process")
            }
            let namespace = try TimeNamespace(of: process)
            let asked = usual.offsets.moved(by: offset)
            guard namespace.inode != usual.inode, namespace.offsets == asked else {
                throw failure(
                    "put its clocks off", node,
                    "\(process) is in time namespace \(namespace.inode) with \(namespace.offsets), "
                        + "the drill in \(usual.inode), and asked were \(asked)")
            }
            // Where the node shows the time since boot, that is what it goes by.
            let before = BootClock.now
            guard let boot = (try? await testbed.clock(of: node))?.boot else { continue }
            let reading = SkewReading(node: boot, before: before, after: BootClock.now)
            guard reading.allows(offset) else {
                throw failure(
                    "put its clocks off", node,
                    "it takes \(boot / 1_000_000) ms for the time since boot")
            }
        }
    }

    func remove() async throws {
        var failure: (any Error)?
        for node in processes.compactMap(\.node) where touched.contains(node) {
            do {
                let process = await restart.process(of: node)
                if let process {
                    if isUsual(process) { continue }
                    try await end(process, of: node)
                }
                try await testbed.restart(node: node)
            } catch {
                problems[node] = "\(error)"
                failure = error
            }
        }
        if let failure { throw failure }
    }

    func look(isBrief: Bool) async -> NodeRestart.Look {
        var all = NodeRestart.Look(comparisons: [], isResidue: false)
        for process in processes {
            guard let node = process.node, touched.contains(node) else { continue }
            let look = await restart.look(
                at: node, ended: process.identity, before: statusBefore[node],
                problem: problems[node], isBrief: isBrief)
            all.comparisons += look.comparisons
            all.isResidue = all.isResidue || look.isResidue
            guard let now = await restart.process(of: node) else { continue }
            let isUsual = isUsual(now)
            all.comparisons.append(
                Comparison(
                    what: "time namespace of node \(node)", before: "the drill's",
                    after: isUsual ? "the drill's" : "another one", isSame: isUsual))
            all.isResidue = all.isResidue || !isUsual
        }
        return all
    }

    func reading(of node: String) async -> SkewReading? {
        guard let process = await restart.process(of: node) else { return nil }
        // In the drill's own namespace it has the drill's own clocks.
        if isUsual(process) { return SkewReading(bounds: 0...0) }
        let before = MonotonicClock.now
        guard let clocks = try? TimeNamespace.clocks(of: process) else { return nil }
        return SkewReading(node: clocks.monotonic, before: before, after: MonotonicClock.now)
    }

    private func isUsual(_ process: ProcessIdentity) -> Bool {
        guard let usual, let namespace = try? TimeNamespace(of: process) else { return false }
        return namespace == usual
    }

    /// Ends a node's process; one that has ended of itself is no deed of this fault.
    private func end(_ process: ProcessIdentity, of node: String) async throws {
        do {
            let handle = try ProcessHandle(process)
            try handle.signal(SIGTERM)
            hit.append(.process(process, node: node))
            if await !handle.waitForExit(atMost: Self.grace) {
                try handle.signal(SIGKILL)
                try await handle.confirmEnd(within: Self.patience)
            }
        } catch let error as KernelError where error.reason == .vanished {
            // What is to be is so already.
        }
        guard await restart.isDown(node, since: process) else {
            throw failure("start it again", node, "somebody else has started it meanwhile")
        }
    }

    private func failure(_ attempt: String, _ node: String, _ reason: String) -> FaultError {
        FaultError(attempted: attempt, object: "node \(node)", reason: reason)
    }
}
