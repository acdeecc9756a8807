import Kernel
import Playbooks
import Records
import Undo

/// Puts a netem on links and on a flow of trial packets, which show what it does.
actor ShapeInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let judgement: ShapeJudgement
    private let life: QueueingLife
    private let aimed: any PacketTrial
    private let beside: any PacketTrial
    /// Whether packets of the aims themselves must be seen, and not the trial's alone.
    private let needsAimedPackets: Bool
    /// What shows the rate; nil where none is asked for.
    private let filling: RateFilling?
    private var rateTrial: RateTrial?
    private var failure: (any Error)?
    private var aimedPackets: UInt64?
    private var trials = ShapeJudgement.Trials()
    private var heals: [FaultRecord.Achievement] = []
    private var notes: [String] = []
    /// The fault did not live its whole time: the drill wants an end.
    private var isCutShort = true

    /// How long the flow is watched before and after the fault.
    static let watch = Duration.seconds(1)

    init(
        identifier: String, duration: Duration, parameters: NetemParameters, life: QueueingLife,
        aim: FaultAim, aimed: any PacketTrial, beside: any PacketTrial,
        needsAimedPackets: Bool = false, filling: RateFilling? = nil
    ) {
        self.identifier = identifier
        self.duration = duration
        self.life = life
        var aim = aim
        aim.longestHold = duration + parameters.longestDelay * 2
        self.aim = aim
        self.aimed = aimed
        self.beside = beside
        self.needsAimedPackets = needsAimedPackets
        self.filling = filling
        judgement = ShapeJudgement(parameters: parameters)
    }

    private var longestDelay: Duration { judgement.parameters.longestDelay }

    private var rateTime: Duration {
        filling == nil ? .zero : RateFilling.time(delay: longestDelay)
    }

    func snapshot() async throws {
        try await life.snapshot()
        trials.before = await aimed.run(for: Self.watch, drain: .milliseconds(100))
        try Task.checkCancellation()
    }

    func undoRecords() async -> [UndoRecord] {
        [await life.undoRecord(identifier: identifier)]
    }

    func inject() async throws { try await life.inject() }

    func readBack() async throws {
        try await life.readBack()
        notes = await life.notes
    }

    func hold() async {
        let drain = longestDelay + .milliseconds(200)
        let watched = max(.zero, duration - drain - rateTime)
        async let other = beside.run(for: watched, drain: drain)
        trials.during = await aimed.run(for: watched, drain: drain)
        trials.beside = await other
        await fill()
        aimedPackets = await life.aimedPackets()
        isCutShort = Task.isCancelled
    }

    /// Behind the other trials, which would wait among what fills the path.
    private func fill() async {
        guard let filling, let rate = judgement.parameters.rate, !Task.isCancelled else { return }
        let end = filling.now() + Nanoseconds(rateTime)
        do {
            rateTrial = try await filling.run(rate, delay: longestDelay) { [life] in
                try await life.statistics()
            }
        } catch {
            failure = error
        }
        let rest = end - filling.now()
        if rest.count > 0 { try? await filling.sleep(rest.duration) }
    }

    func proof() -> EffectProof {
        var proof = judgement.proof(trials)
        if filling != nil {
            let rate =
                rateTrial?.proof(over: life.interface)
                ?? EffectProof(
                    .unproven, "the rate was not measured" + (failure.map { ": \($0)" } ?? ""))
            proof = proof.joined(with: rate)
        }
        proof.achieved += heals
        if needsAimedPackets { proof.require(aimedPackets: aimedPackets) }
        proof.sentence = ([proof.sentence] + notes).joined(separator: "; ")
        return proof
    }

    func revert() async throws {
        try await life.revert(isBrief: isCutShort)
        heals = await life.heals()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons = await life.comparisons()
        guard comparisons.allSatisfy(\.isSame) else {
            return UndoProof(.residual, by: .drill, comparisons: comparisons)
        }
        // The tree reads as before: a slow flow may be the fault's or the host's, and cannot say.
        if !isBrief { comparisons.append(await compareFlow()) }
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .unknown, by: .drill,
            comparisons: comparisons)
    }

    /// Watches the flow again, a few times at most: a busy machine may be late.
    private func compareFlow() async -> Comparison {
        var after = PacketTally()
        for _ in 0..<3 {
            after = await aimed.run(for: Self.watch, drain: .milliseconds(100))
            if judgement.isBack(before: trials.before, after: after) || Task.isCancelled { break }
        }
        trials.after = after
        return Comparison(
            what: "the flow of trial packets, within 1 % lost"
                + (judgement.lateness.map { " and \(DurationText($0))" } ?? ""),
            before: Self.text(trials.before), after: Self.text(after),
            isSame: judgement.isBack(before: trials.before, after: after))
    }

    private static func text(_ tally: PacketTally) -> String {
        let median = DelayJudgement.median(tally.delays).map { "\(DurationText($0))" } ?? "none"
        return "\(tally.missing) of \(tally.sent) lost, median delay \(median)"
    }
}

extension EffectProof {
    /// The worse of two proofs of one fault, with the words and figures of both.
    func joined(with other: EffectProof) -> EffectProof {
        let order: [FaultRecord.Injection] = [.mismatch, .unproven, .confirmed]
        let worst = order.first { [injection, other.injection].contains($0) }
        return EffectProof(
            worst ?? .unproven, "\(sentence); and \(other.sentence)",
            achieved: achieved + other.achieved)
    }

    /// Takes a confirmation back where no packet that the fault is aimed at was seen to meet it.
    mutating func require(aimedPackets count: UInt64?) {
        achieved.append(
            FaultRecord.Achievement(
                name: "packets of the aim that met it", requested: Figure("packets", 1, .count),
                during: count.map { Figure("packets", Double($0), .count) },
                samples: Int(clamping: count ?? 0), confirmed: (count ?? 0) > 0))
        guard (count ?? 0) == 0, injection == .confirmed else { return }
        injection = .unproven
        sentence +=
            count == nil
            ? "; u32 does not count the packets of the aim, nf_tables would"
            : "; no packet of the aim crossed the interface"
    }
}
