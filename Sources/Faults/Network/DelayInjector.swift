import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Delays links by a backend and measures round trips over them before, during and after.
actor DelayInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let backend: any DelayBackend
    private let trips: RoundTrips
    /// Over the links that the fault is not for; nil where it is for all of them.
    private let beside: RoundTrips?
    private let judgement: DelayJudgement

    private var before: [[Duration]] = []
    private var during: [[Duration]] = []
    private var after: [[Duration]]?
    private var besideBefore: [[Duration]] = []
    private var besideDuring: [[Duration]] = []
    private var findings = DelayFindings()
    /// The fault did not live its whole time: the drill wants an end.
    private var isCutShort = true

    init(
        identifier: String, duration: Duration, delay: Duration, jitter: Duration,
        backend: any DelayBackend, note: String, trips: RoundTrips,
        beside: RoundTrips? = nil
    ) {
        self.identifier = identifier
        self.duration = duration
        self.backend = backend
        self.trips = trips
        self.beside = beside
        judgement = DelayJudgement(
            delay: delay, jitter: jitter,
            neededSamples: Self.neededSamples(delay: delay, duration: duration),
            // A proxy's timers are those of a busy process.
            isExact: backend.name == DelayBackendChoice.Backend.netem.rawValue
                && !HostClock.isEmulated)
        before = Array(repeating: [], count: trips.links.count)
        during = before
        aim = FaultAim(
            backend: backend.name, backendNote: note, objects: backend.objects,
            requested: [
                Figure("delay", Double(delay.nanoseconds), .nanoseconds),
                Figure("jitter", Double(jitter.nanoseconds), .nanoseconds),
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ], longestHold: duration + (delay + jitter) * 2)
    }

    /// Twenty trips; fewer, but at least five, when so many do not fit into the fault's time.
    ///
    /// A delay that long stands out of the noise in five.
    static func neededSamples(delay: Duration, duration: Duration) -> Int {
        let fitting = Int(duration.seconds / max(1e-3, 1.5 * delay.seconds))
        return max(5, min(20, fitting))
    }

    func snapshot() async throws {
        try await backend.snapshot()
        let needed = judgement.neededSamples
        // One that does not answer is no witness, and not waited for.
        async let others = beside?.measure(
            atMost: .milliseconds(1500), every: .milliseconds(50)
        ) { count in count >= needed }
        before = await trips.measure(atMost: .seconds(5), every: .milliseconds(50)) { count in
            count >= needed
        }
        besideBefore = await others ?? []
        try Task.checkCancellation()
    }

    func undoRecords() async -> [UndoRecord] {
        [await backend.undoRecord(identifier: identifier)]
    }

    func inject() async throws { try await backend.inject() }

    func readBack() async throws { try await backend.readBack() }

    func hold() async {
        let end = trips.now() + Nanoseconds(duration)
        // Ten a second, and more when the time is short.
        let period = min(.milliseconds(100), duration / (2 * judgement.neededSamples))
        async let others = beside?.measure(atMost: duration, every: period) { _ in false }
        during = await trips.measure(atMost: duration, every: period) { _ in false }
        besideDuring = await others ?? []
        let left = end - trips.now()
        if left.count > 0 { try? await trips.sleep(left.duration) }
        isCutShort = Task.isCancelled
    }

    func proof() -> EffectProof {
        var proof = judgement.proof(
            links: trips.links.map(\.name), before: before, during: during, after: after)
        judgement.addSpared(
            links: beside?.links.map(\.name) ?? [], before: besideBefore, during: besideDuring,
            to: &proof)
        proof.achieved += findings.achieved
        proof.sentence = ([proof.sentence] + findings.notes).joined(separator: "; ")
        return proof
    }

    func revert() async throws {
        try await backend.revert(isBrief: isCutShort)
        findings = await backend.findings()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons = await backend.comparisons()
        let isOut = comparisons.allSatisfy(\.isSame)
        guard !isBrief, isOut else {
            return UndoProof(isOut ? .clean : .residual, by: .drill, comparisons: comparisons)
        }
        comparisons += await compareTrips()
        // The state reads as before: slow trips may be the fault's or the host's, and cannot say.
        let isBack = comparisons.allSatisfy(\.isSame)
        return UndoProof(isBack ? .clean : .unknown, by: .drill, comparisons: comparisons)
    }

    /// Measures again until the trips are back at where they were, a few times at most.
    ///
    /// What had piled up behind the delay may keep the target busy for a moment. A link over which
    /// nothing answers (its node may be dead) is left to the comparison of the state alone.
    private func compareTrips() async -> [Comparison] {
        let needed = judgement.neededSamples
        var measured: [[Duration]] = []
        for _ in 0..<5 {
            measured = await trips.measure(atMost: .seconds(2), every: .milliseconds(50)) { count in
                count >= needed
            }
            let isBack = zip(before, measured).allSatisfy { was, now in
                now.isEmpty || was.isEmpty || judgement.isBack(before: was, after: now)
            }
            if isBack || Task.isCancelled { break }
        }
        after = measured
        return trips.links.indices.compactMap { index in
            guard let was = DelayJudgement.median(before[index]),
                let now = DelayJudgement.median(measured[index])
            else { return nil }
            return Comparison(
                what: "median round trip over \(trips.links[index].name), within "
                    + "\(DurationText(judgement.tolerance(samples: measured[index].count)))",
                before: "\(DurationText(was))", after: "\(DurationText(now))",
                isSame: judgement.isBack(before: before[index], after: measured[index]))
        }
    }
}
