import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Ends nodes' processes again and again, and has each started again.
actor CrashLoopInjector: Injector {
    /// How long a killed process may take to go.
    private static let patience = Duration.seconds(5)
    /// How long each node may take of one turn: to end, to be seen down, and to be started again.
    private static let turnPatience = Duration.seconds(30)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let loop: CrashLoop
    private let processes: [SelectedProcess]
    private let testbed: any Testbed
    private let context: FaultContext
    private let restart: NodeRestart

    private var handles: [ProcessHandle] = []
    private var statusBefore: [String: ProbeSample.Result] = [:]
    /// How many ends of each node's processes were seen.
    private var ends: [String: Int] = [:]
    /// The process of each node that was killed last.
    private var killed: [String: ProcessIdentity] = [:]
    /// All processes that were killed after the first ones.
    private var hit: [AimedObject] = []
    private var problems: [String: String] = [:]

    init(
        identifier: String, loop: CrashLoop, processes: [SelectedProcess],
        testbed: any Testbed, context: FaultContext
    ) {
        self.identifier = identifier
        self.loop = loop
        self.processes = processes
        self.testbed = testbed
        self.context = context
        restart = NodeRestart(context: context, testbed: testbed)
        aim = FaultAim(
            backend: "pidfd", backendNote: ProcessKill.note,
            objects: processes.map { .process($0.identity, node: $0.node) },
            requested: [
                Figure("kills", Double(loop.count), .count),
                Figure("uptime", Double(loop.uptime.nanoseconds), .nanoseconds),
            ],
            longestHold: (loop.restartAfter + loop.uptime
                + Self.turnPatience * max(1, processes.count)) * loop.count)
    }

    private var nodes: [String] { processes.compactMap(\.node) }

    func snapshot() async throws {
        handles = try processes.map { try ProcessHandle($0.identity) }
        for node in nodes { statusBefore[node] = await testbed.status(of: node).result }
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "\(loop.count) kills of "
                    + nodes.map { "node \($0)" }.joined(separator: ", "),
                reversal: .kernel(
                    lifetime: "what the drill starts again ends with the drill",
                    witnesses: .endOfThisProcess))
        ]
    }

    func inject() throws {
        for (process, handle) in zip(processes, handles) {
            try handle.signal(SIGKILL)
            if let node = process.node { killed[node] = handle.identity }
        }
    }

    func readBack() async throws {
        for (process, handle) in zip(processes, handles) {
            try await noteEnd(of: process.node ?? "", handle)
        }
    }

    func hold() async {
        for _ in 1..<max(1, loop.count) {
            do {
                try await context.sleep(loop.restartAfter)
                for node in nodes { try await startAgain(node) }
                try await context.sleep(loop.uptime)
                for node in nodes { try await killAgain(node) }
            } catch {
                // An abort ends the loop early; what else went wrong is in the proof.
                return
            }
        }
        try? await context.sleep(loop.restartAfter)
    }

    func proof() -> EffectProof {
        let requested = Figure("kills", Double(loop.count), .count)
        let achieved = nodes.map { node in
            let count = ends[node] ?? 0
            return FaultRecord.Achievement(
                name: "ends of node \(node)", requested: requested,
                during: Figure("ends", Double(count), .count), samples: count,
                confirmed: count == loop.count)
        }
        guard achieved.allSatisfy(\.confirmed) else {
            let reason = problems.values.sorted().first.map { ": \($0)" } ?? ""
            let least = achieved.map(\.samples).min() ?? 0
            return EffectProof(
                .mismatch, "the process was seen to end \(least) of \(loop.count) times\(reason)",
                achieved: achieved, hit: hit)
        }
        return EffectProof(
            .confirmed, "each of \(loop.count) processes was gone after SIGKILL",
            achieved: achieved, hit: hit)
    }

    func revert() async throws {
        var failure: (any Error)?
        for process in processes {
            guard let node = process.node else { continue }
            do {
                try await startAgain(node)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons: [Comparison] = []
        var isClean = true
        for process in processes {
            guard let node = process.node else { continue }
            let look = await restart.look(
                at: node, ended: process.identity, before: statusBefore[node],
                problem: problems[node], isBrief: isBrief)
            isClean = isClean && !look.isResidue
            comparisons += look.comparisons
        }
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }

    /// Starts a node whose process is gone.
    private func startAgain(_ node: String) async throws {
        guard let last = killed[node], await restart.isDown(node, since: last) else { return }
        do {
            try await testbed.restart(node: node)
        } catch {
            problems[node] = "\(error)"
            throw error
        }
    }

    private func killAgain(_ node: String) async throws {
        guard let process = await restart.process(of: node) else {
            problems[node] = "node \(node) did not stay up for \(DurationText(loop.uptime))"
            throw FaultError(
                attempted: "kill the process again", object: "node \(node)",
                reason: "it has none")
        }
        let handle = try ProcessHandle(process)
        try handle.signal(SIGKILL)
        killed[node] = process
        hit.append(.process(process, node: node))
        try await noteEnd(of: node, handle)
    }

    private func noteEnd(of node: String, _ handle: ProcessHandle) async throws {
        try await handle.confirmEnd(within: Self.patience)
        ends[node, default: 0] += 1
    }
}
