import Kernel
import Playbooks
import Records
import Undo

/// Bounds the rate of packets in the kernel, fills their path, and measures how fast it is.
actor RateInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    /// `clients to a`, `eth1, egress`.
    private let path: String
    private let duration: Duration
    private let life: QueueingLife
    private let needsAimedPackets: Bool
    private let openTraffic: @Sendable () throws -> any RateTraffic
    private let context: FaultContext

    private var trial: RateTrial
    private var aimedPackets: UInt64?
    private var heals: [FaultRecord.Achievement] = []
    private var notes: [String] = []
    private var failure: (any Error)?
    /// The fault did not live its whole time: the drill wants an end.
    private var isCutShort = true

    /// - Parameters:
    ///   - headers: what the kernel counts of each packet that fills it beside its payload, in bytes.
    ///   - traffic: opens what fills the path, once the fault is in.
    init(
        identifier: String, path: String, rate: NetemRate, duration: Duration, life: QueueingLife,
        aim: FaultAim, needsAimedPackets: Bool = false, context: FaultContext,
        headers: Int, traffic: @escaping @Sendable () throws -> any RateTraffic
    ) {
        self.identifier = identifier
        self.path = path
        self.duration = duration
        self.life = life
        self.aim = aim
        self.needsAimedPackets = needsAimedPackets
        self.context = context
        openTraffic = traffic
        trial = RateTrial(
            rate, enough: min(.seconds(3), duration / 2), headers: headers, now: context.now)
    }

    func snapshot() async throws { try await life.snapshot() }

    func undoRecords() async -> [UndoRecord] {
        [await life.undoRecord(identifier: identifier)]
    }

    func inject() async throws { try await life.inject() }

    func readBack() async throws {
        try await life.readBack()
        notes = await life.notes
    }

    /// Fills the path where nothing else does, until enough is measured; then only watches.
    func hold() async {
        let end = context.now() + Nanoseconds(duration)
        do {
            let traffic = try openTraffic()
            while context.now() < end, !Task.isCancelled {
                let counters = try await statistics()
                trial.look(counters, through: traffic)
                // A sleep that is cut short is noticed by the loop's condition.
                try? await context.sleep(.milliseconds(10))
            }
            trial.end(traffic)
            aimedPackets = await life.aimedPackets()
        } catch {
            failure = error
        }
        let rest = end - context.now()
        if rest.count > 0 { try? await context.sleep(rest.duration) }
        isCutShort = Task.isCancelled
    }

    func proof() -> EffectProof {
        var proof = trial.proof(over: path)
        proof.achieved += heals
        if needsAimedPackets { proof.require(aimedPackets: aimedPackets) }
        if let failure {
            proof.injection = .mismatch
            proof.sentence += "; then it could not be read: \(failure)"
        }
        proof.sentence = ([proof.sentence] + notes).joined(separator: "; ")
        return proof
    }

    /// Lifts the rate, waits until nothing is queued, and deletes the tree.
    func revert() async throws {
        try await life.revert(isBrief: isCutShort)
        heals = await life.heals()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        let comparisons = await life.comparisons()
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .residual, by: .drill,
            comparisons: comparisons)
    }

    private func statistics() async throws -> QdiscStatistics {
        guard let statistics = try await life.statistics() else {
            throw FaultError(
                attempted: "read the class", object: path, reason: "somebody has deleted it")
        }
        return statistics
    }
}
