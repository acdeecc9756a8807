import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Turns nodes' file systems read-only, and in the end mounts them anew under new processes.
actor ReadOnlyInjector: Injector {
    /// How often a new file is tried.
    private static let period = Duration.milliseconds(100)
    /// How long a killed process may take to go.
    private static let patience = Duration.seconds(5)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let victims: [DiskVictim]
    private let disk: any ReadOnlySwitch
    private let context: FaultContext
    private let testbed: any Testbed
    private let restart: NodeRestart

    private var statusBefore: [String: ProbeSample.Result] = [:]
    /// Nodes whose disks were made read-only, or may have been.
    private var touched: Set<String> = []
    private var samples = 0
    /// In how many samples each node's disk refused a new file.
    private var refused: [String: Int] = [:]
    private var restarted: Set<String> = []
    private var problems: [String: String] = [:]

    init(
        identifier: String, duration: Duration, victims: [DiskVictim], disk: any ReadOnlySwitch,
        testbed: any Testbed, context: FaultContext
    ) {
        self.identifier = identifier
        self.duration = duration
        self.victims = victims
        self.disk = disk
        self.testbed = testbed
        self.context = context
        restart = NodeRestart(context: context, testbed: testbed)
        aim = FaultAim(
            backend: "remount-ro", backendNote: DiskReadOnly.note,
            objects: victims.flatMap { victim -> [AimedObject] in
                [
                    .process(victim.process, node: victim.node),
                    .fileSystem(
                        mountPoint: victim.mountPoint, bytes: ByteCount(0), node: victim.node),
                ]
            },
            requested: [Figure("duration", Double(duration.nanoseconds), .nanoseconds)])
    }

    func snapshot() async throws {
        for victim in victims {
            statusBefore[victim.node] = await testbed.status(of: victim.node).result
        }
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "a read-only disk for "
                    + victims.map { "node \($0.node)" }.joined(separator: ", "),
                reversal: .kernel(
                    lifetime: "the file system goes with the drill's own mount namespace",
                    witnesses: .endOfOwnMounts))
        ]
    }

    func inject() throws {
        for victim in victims {
            touched.insert(victim.node)
            try disk.makeReadOnly(at: victim.mountPoint)
        }
    }

    func readBack() throws {
        for victim in victims where !disk.isReadOnly(at: victim.mountPoint) {
            throw FaultError(
                attempted: "make the disk read-only", object: "node \(victim.node)",
                reason: "a file can still be made on it")
        }
    }

    func hold() async {
        await context.watch(for: duration, every: Self.period) {
            samples += 1
            for victim in victims where disk.isReadOnly(at: victim.mountPoint) {
                refused[victim.node, default: 0] += 1
            }
        }
    }

    func proof() -> EffectProof {
        let achieved = victims.map { victim in
            let count = refused[victim.node] ?? 0
            return FaultRecord.Achievement(
                name: "new files of node \(victim.node)",
                requested: Figure("refused", 1, .ratio),
                during: samples > 0
                    ? Figure("refused", Double(count) / Double(samples), .ratio) : nil,
                samples: samples, confirmed: samples > 0 && count == samples)
        }
        guard samples > 0 else {
            return EffectProof(.unproven, "nothing was tried on the disk", achieved: achieved)
        }
        let least = victims.map { refused[$0.node] ?? 0 }.min() ?? 0
        return EffectProof(
            achieved.allSatisfy(\.confirmed) ? .confirmed : .mismatch,
            "a new file was refused as on a read-only disk in \(least) of \(samples) samples",
            achieved: achieved)
    }

    func revert() async throws {
        var failure: (any Error)?
        for victim in victims
        where touched.contains(victim.node) && !restarted.contains(victim.node) {
            do {
                try await mountAnew(victim)
                restarted.insert(victim.node)
            } catch {
                problems[victim.node] = "\(error)"
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func mountAnew(_ victim: DiskVictim) async throws {
        // The node may have been started again meanwhile, by another fault, on the same disk.
        if let process = await restart.process(of: victim.node) {
            let handle = try ProcessHandle(process)
            try handle.signal(SIGKILL)
            guard await handle.waitForExit(atMost: Self.patience),
                await restart.isDown(victim.node, since: process)
            else {
                throw FaultError(
                    attempted: "mount the disk anew", object: "node \(victim.node)",
                    reason: "its process still runs on it", remedy: "it ends with the drill")
            }
        }
        if disk.isReadOnly(at: victim.mountPoint) { try await testbed.remount(node: victim.node) }
        try await testbed.restart(node: victim.node)
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons: [Comparison] = []
        var isClean = true
        for victim in victims where touched.contains(victim.node) {
            let isReadOnly = disk.isReadOnly(at: victim.mountPoint)
            let process = await restart.process(of: victim.node)
            let isResidue = await restart.isResidue(isDown: isReadOnly || process == nil)
            isClean = isClean && !isResidue
            comparisons.append(
                Comparison(
                    what: "the file system of node \(victim.node)", before: "takes writes",
                    after: isReadOnly ? "is read-only" : "takes writes", isSame: !isReadOnly))
            comparisons.append(
                Comparison(
                    what: "a process of node \(victim.node) runs", before: "\(victim.process)",
                    after: process.map { "\($0)" } ?? problems[victim.node] ?? "none",
                    isSame: process != nil))
            guard !isBrief, process != nil else { continue }
            comparisons.append(
                await restart.answer(of: victim.node, before: statusBefore[victim.node]))
        }
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }
}
