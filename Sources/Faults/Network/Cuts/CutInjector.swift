import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Cuts links by a backend, and tries them and the others before, during and after.
actor CutInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let cuts: [LinkCut]
    private let spared: [TestbedLink]
    private let backend: any CutBackend
    private let trials: ReachTrials

    private var before: [Reach] = []
    private var during: [Reach] = []
    private var after: [Reach]?
    private var packetsLost: [UInt64]?

    init(
        identifier: String, duration: Duration, cuts: [LinkCut], spared: [TestbedLink],
        backend: any CutBackend, note: String, isolated: [String], trials: ReachTrials
    ) {
        self.identifier = identifier
        self.duration = duration
        self.cuts = cuts
        self.spared = spared
        self.backend = backend
        self.trials = trials
        var requested = cuts.map { Figure("cut", 0, .none, text: $0.text) }
        requested += isolated.map { Figure("isolated", 0, .none, text: "node \($0)") }
        requested.append(Figure("duration", Double(duration.nanoseconds), .nanoseconds))
        aim = FaultAim(
            backend: backend.name, backendNote: note, objects: backend.objects,
            requested: requested)
    }

    private var links: [TestbedLink] { cuts.map(\.link) + spared }

    func snapshot() async throws {
        before = await trials.tryLinks(
            links, atMost: .seconds(10), every: .milliseconds(20)
        ) { $0.answers >= CutJudgement.neededTries }
        during = before.map { _ in Reach() }
        try Task.checkCancellation()
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "\(backend.name) cut of " + cuts.map(\.link.name).joined(separator: ", "),
                reversal: .kernel(lifetime: backend.lifetime, witnesses: backend.witnesses))
        ]
    }

    func inject() async throws { try await backend.inject() }

    func readBack() async throws { try await backend.readBack() }

    func hold() async {
        let end = trials.now() + Nanoseconds(duration)
        during = await trials.tryLinks(
            links, atMost: duration, every: .milliseconds(200)
        ) { _ in false }
        let left = end - trials.now()
        if left.count > 0 { try? await trials.sleep(left.duration) }
    }

    func proof() async -> EffectProof {
        do {
            packetsLost = try await backend.packetsLost()
        } catch {
            return EffectProof(.unproven, "the packets could not be counted: \(error)")
        }
        return CutJudgement(witnesses: witnesses).proof
    }

    private var witnesses: [CutJudgement.Witness] {
        links.indices.map { index in
            CutJudgement.Witness(
                link: links[index].name, loss: index < cuts.count ? cuts[index].loss : nil,
                before: before[index], during: during[index], after: after?[index],
                packetsLost: index < cuts.count ? packetsLost?[index] : nil)
        }
    }

    func revert() async throws { await backend.revert() }

    func verify(isBrief: Bool) async -> UndoProof {
        let name = "\(backend.name) cut of \(identifier)"
        let state: Comparison
        do {
            let isIn = try await backend.isIn()
            state = Comparison(
                what: name, before: "absent", after: isIn ? "present" : "absent", isSame: !isIn)
        } catch {
            return UndoProof(
                .unknown, by: .nobody,
                comparisons: [
                    Comparison(what: name, before: "absent", after: "\(error)", isSame: false)
                ])
        }
        guard !isBrief, state.isSame else {
            return UndoProof(state.isSame ? .clean : .residual, by: .drill, comparisons: [state])
        }
        let comparisons = [state] + (await compareReach())
        let isBack = comparisons.allSatisfy(\.isSame)
        // What cut the link is gone; why nobody answers over it may be the target's or the host's.
        return UndoProof(isBack ? .clean : .unknown, by: .drill, comparisons: comparisons)
    }

    /// Tries the links that were cut until each has answered, a while at most.
    ///
    /// A link that never answered, or whose node does not answer around it either (it may be dead,
    /// or overwhelmed by what was sent again), is left to the comparison of the state alone.
    private func compareReach() async -> [Comparison] {
        let reaches = await trials.tryLinks(
            links, atMost: .seconds(10), every: .milliseconds(50)
        ) { $0.answers > 0 }
        after = reaches
        var comparisons: [Comparison] = []
        for index in cuts.indices where before[index].answers > 0 {
            let link = cuts[index].link
            let isBack = reaches[index].answers > 0
            if !isBack {
                let status = await trials.testbed.status(of: link.destination)
                guard status.result != .unhealthy else { continue }
            }
            comparisons.append(
                Comparison(
                    what: "a request over \(link.name)", before: "answered",
                    after: isBack ? "answered" : "not answered", isSame: isBack))
        }
        return comparisons
    }
}
