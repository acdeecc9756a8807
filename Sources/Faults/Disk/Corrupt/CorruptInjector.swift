import Glibc
import Kernel
import Records
import Systems
import Undo

/// Kills nodes, damages a file of each, and has them started again.
actor CorruptInjector: Injector {
    /// One node whose file is damaged.
    struct Victim: Sendable, Equatable {
        var node: String
        var process: ProcessIdentity
        var path: String
    }

    /// How long a killed process may take to go.
    private static let patience = Duration.seconds(5)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let damage: FileDamage
    private let restartAfter: Duration
    private let victims: [Victim]
    private let testbed: any Testbed
    private let context: FaultContext
    private let restart: NodeRestart

    private var handles: [ProcessHandle] = []
    private var statusBefore: [String: ProbeSample.Result] = [:]
    private var killed: Set<String> = []
    private var damaged: [String: DamagedFile] = [:]
    /// How much of each node's damage was read back.
    private var seen: [String: Int] = [:]
    private var mended: Set<String> = []
    private var restarted: Set<String> = []
    /// Processes that hung on the damaged file and were killed too.
    private var hit: [AimedObject] = []
    private var problems: [String: String] = [:]

    init(
        identifier: String, damage: FileDamage, restartAfter: Duration, victims: [Victim],
        testbed: any Testbed, context: FaultContext
    ) {
        self.identifier = identifier
        self.damage = damage
        self.restartAfter = restartAfter
        self.victims = victims
        self.testbed = testbed
        self.context = context
        restart = NodeRestart(context: context, testbed: testbed)
        aim = FaultAim(
            backend: "write", backendNote: DiskCorrupt.note,
            objects: victims.flatMap { victim -> [AimedObject] in
                [
                    .process(victim.process, node: victim.node),
                    .file(victim.path, node: victim.node),
                ]
            }, requested: [damage.requested], longestHold: restartAfter)
    }

    func snapshot() async throws {
        handles = try victims.map { try ProcessHandle($0.process) }
        for victim in victims {
            guard FileStatus.of(victim.path)?.isDirectory == false else {
                let directory = victim.path.split(separator: "/").dropLast()
                    .reduce("") { "\($0)/\($1)" }
                throw FaultError(
                    attempted: "damage the file", object: victim.path,
                    reason: "there is no such file; there are: "
                        + Descriptor.names(in: directory).sorted().joined(separator: ", "))
            }
            statusBefore[victim.node] = await testbed.status(of: victim.node).result
        }
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: victims.map { "\(damage.description) in \($0.path)" }
                    .joined(separator: "; "),
                reversal: .kernel(
                    lifetime: "the node and its files go with the testbed",
                    witnesses: victims.map { .path($0.path) }))
        ]
    }

    func inject() async throws {
        for (victim, handle) in zip(victims, handles) {
            try handle.signal(SIGKILL)
            killed.insert(victim.node)
            try await handle.confirmEnd(within: Self.patience)
            damaged[victim.node] = try DamagedFile(
                damaging: victim.path, by: damage, seed: context.seed,
                stream: "\(identifier)/\(victim.node)")
        }
    }

    func readBack() throws {
        for victim in victims {
            let count = try damaged[victim.node]?.damage() ?? 0
            seen[victim.node] = count
            guard count > 0 else {
                throw FaultError(
                    attempted: "damage the file", object: victim.path,
                    reason: "it reads as before")
            }
        }
    }

    func hold() async {
        // An abort ends the wait early; the node is started again all the same.
        try? await context.sleep(restartAfter)
    }

    func proof() -> EffectProof {
        let achieved = victims.map { victim in
            let count = seen[victim.node]
            return FaultRecord.Achievement(
                name: "damage of node \(victim.node)", requested: damage.requested,
                during: count.map {
                    Figure(damage.requested.name, Double($0), damage.requested.unit)
                },
                samples: count == nil ? 0 : 1, confirmed: (count ?? 0) > 0)
        }
        guard achieved.allSatisfy(\.confirmed) else {
            return EffectProof(.unproven, "the damage was not read back", achieved: achieved)
        }
        let fates = victims.map { victim in
            if mended.contains(victim.node) {
                return "node \(victim.node) did not start on it and got it back as it was"
            }
            return restarted.contains(victim.node)
                ? "node \(victim.node) started on it" : "node \(victim.node) is down"
        }
        return EffectProof(
            .confirmed,
            "the file read damaged while the node was down; "
                + fates.joined(separator: ", "), achieved: achieved, hit: hit)
    }

    func revert() async throws {
        var failure: (any Error)?
        for victim in victims where killed.contains(victim.node) {
            guard !restarted.contains(victim.node),
                await restart.isDown(victim.node, since: victim.process)
            else { continue }
            do {
                try await start(victim)
                restarted.insert(victim.node)
            } catch {
                problems[victim.node] = "\(error)"
                failure = error
            }
        }
        if let failure { throw failure }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons: [Comparison] = []
        var isClean = true
        for victim in victims where killed.contains(victim.node) {
            let look = await restart.look(
                at: victim.node, ended: victim.process, before: statusBefore[victim.node],
                problem: problems[victim.node], isBrief: isBrief)
            isClean = isClean && !look.isResidue
            comparisons += look.comparisons
        }
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }

    /// Starts a node on its damaged file, and with the file as it was when it cannot.
    private func start(_ victim: Victim) async throws {
        do {
            try await testbed.restart(node: victim.node)
        } catch {
            guard let file = damaged[victim.node], !mended.contains(victim.node) else {
                throw error
            }
            // One that hangs on the file would still have it open.
            if let process = await restart.process(of: victim.node) {
                let handle = try ProcessHandle(process)
                try handle.signal(SIGKILL)
                hit.append(.process(process, node: victim.node))
                _ = await handle.waitForExit(atMost: Self.patience)
                _ = await restart.isDown(victim.node, since: process)
            }
            try file.mend()
            mended.insert(victim.node)
            try await testbed.restart(node: victim.node)
        }
    }
}
