import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Takes the power from nodes, gives it back, and looks at what their disks kept.
actor PowerLossInjector: Injector {
    /// How long a killed process may take to go.
    private static let patience = Duration.seconds(5)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let restartAfter: Duration
    private let victims: [DiskVictim]
    private let power: any PowerSwitch
    private let context: FaultContext
    private let testbed: any Testbed
    private let restart: NodeRestart

    private var handles: [ProcessHandle] = []
    private var statusBefore: [String: ProbeSample.Result] = [:]
    /// Nodes whose disks were cut off.
    private var cut: Set<String> = []
    /// Nodes whose disks were seen to be dead while their processes were gone.
    private var dead: Set<String> = []
    private var witnesses: [String: PowerWitnesses] = [:]
    private var restarted: Set<String> = []
    private var problems: [String: String] = [:]

    init(
        identifier: String, restartAfter: Duration, victims: [DiskVictim], power: any PowerSwitch,
        testbed: any Testbed, context: FaultContext
    ) {
        self.identifier = identifier
        self.restartAfter = restartAfter
        self.victims = victims
        self.power = power
        self.testbed = testbed
        self.context = context
        restart = NodeRestart(context: context, testbed: testbed)
        aim = FaultAim(
            backend: "shutdown", backendNote: PowerLoss.note,
            objects: victims.flatMap { victim -> [AimedObject] in
                [
                    .process(victim.process, node: victim.node),
                    .fileSystem(
                        mountPoint: victim.mountPoint, bytes: ByteCount(0), node: victim.node),
                ]
            },
            requested: [
                Figure("without power", Double(restartAfter.nanoseconds), .nanoseconds)
            ], longestHold: restartAfter)
    }

    func snapshot() async throws {
        handles = try victims.map { try ProcessHandle($0.process) }
        for victim in victims {
            statusBefore[victim.node] = await testbed.status(of: victim.node).result
        }
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "no power for "
                    + victims.map { "node \($0.node)" }
                    .joined(separator: ", "),
                reversal: .kernel(
                    lifetime: "the dead file system goes with the drill's own mount namespace",
                    witnesses: .endOfOwnMounts))
        ]
    }

    func inject() throws {
        for victim in victims { try power.writeWitnesses(at: victim.mountPoint) }
        for (victim, handle) in zip(victims, handles) {
            try power.cut(at: victim.mountPoint)
            cut.insert(victim.node)
            try handle.signal(SIGKILL)
        }
    }

    func readBack() async throws {
        for (victim, handle) in zip(victims, handles) {
            let isGone = await handle.waitForExit(atMost: Self.patience)
            try Task.checkCancellation()
            guard isGone, power.isDead(at: victim.mountPoint) else {
                throw FaultError(
                    attempted: "take the power", object: "node \(victim.node)",
                    reason: isGone
                        ? "its file system still takes writes"
                        : "its process lives \(DurationText(Self.patience)) after SIGKILL")
            }
            dead.insert(victim.node)
        }
    }

    func hold() async {
        // An abort ends the wait early; the node is started again all the same.
        try? await context.sleep(restartAfter)
    }

    func proof() -> EffectProof {
        let achieved = victims.map { victim in
            let found = witnesses[victim.node]
            return FaultRecord.Achievement(
                name: "unsynced data of node \(victim.node)",
                requested: Figure("unsynced", 0, .count, text: "gone"),
                during: found.map {
                    Figure(
                        "unsynced", $0.hasUnsynced ? 1 : 0, .count,
                        text: $0.hasUnsynced ? "kept" : "gone")
                },
                samples: found == nil ? 0 : 1,
                confirmed: found == PowerWitnesses(hasSynced: true, hasUnsynced: false))
        }
        let names = victims.map { "node \($0.node)" }.joined(separator: ", ")
        guard dead.count == victims.count else {
            return EffectProof(.unproven, "\(names) was not seen without power", achieved: achieved)
        }
        guard witnesses.count == victims.count else {
            return EffectProof(
                .confirmed, "the process was gone and the disk of \(names) answered with EIO",
                achieved: achieved)
        }
        if let kept = victims.first(where: { witnesses[$0.node]?.hasUnsynced == true }) {
            return EffectProof(
                .mismatch, "what nobody had synced was still on the disk of node \(kept.node)",
                achieved: achieved)
        }
        if let lost = victims.first(where: { witnesses[$0.node]?.hasSynced == false }) {
            return EffectProof(
                .mismatch, "what had been synced was not on the disk of node \(lost.node)",
                achieved: achieved)
        }
        return EffectProof(
            .confirmed,
            "of two files written just before, \(names) kept the synced one and lost the other",
            achieved: achieved)
    }

    func revert() async throws {
        var failure: (any Error)?
        for victim in victims where cut.contains(victim.node) && !restarted.contains(victim.node) {
            do {
                try await giveBack(victim)
                restarted.insert(victim.node)
            } catch {
                problems[victim.node] = "\(error)"
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func giveBack(_ victim: DiskVictim) async throws {
        if witnesses[victim.node] == nil {
            // A cut disk whose process could not be killed is of no use to it any more.
            guard await restart.isDown(victim.node, since: victim.process) else {
                throw FaultError(
                    attempted: "give the power back", object: "node \(victim.node)",
                    reason: "its process still runs on the dead disk",
                    remedy: "it ends with the drill")
            }
            try await testbed.remount(node: victim.node)
            witnesses[victim.node] = power.takeWitnesses(at: victim.mountPoint)
        }
        try await testbed.restart(node: victim.node)
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons: [Comparison] = []
        var isClean = true
        for victim in victims where cut.contains(victim.node) {
            let isDead = power.isDead(at: victim.mountPoint)
            // The trial of a disk that works leaves a file.
            if !isDead { _ = power.takeWitnesses(at: victim.mountPoint) }
            comparisons.append(
                Comparison(
                    what: "the file system of node \(victim.node)", before: "takes writes",
                    after: isDead ? "answers with EIO" : "takes writes", isSame: !isDead))
            let look = await restart.look(
                at: victim.node, ended: victim.process, before: statusBefore[victim.node],
                problem: problems[victim.node], isDiskDead: isDead, isBrief: isBrief)
            isClean = isClean && !look.isResidue
            comparisons += look.comparisons
        }
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }
}
