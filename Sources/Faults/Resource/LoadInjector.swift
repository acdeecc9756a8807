import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Loads the host with children that die with the drill.
actor LoadInjector: Injector {
    /// How often it is measured.
    private static let period = Duration.milliseconds(100)
    /// How long the children may take until they have what was asked.
    private static let patience = Duration.seconds(5)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let load: any ResourceLoad
    private let context: FaultContext

    /// The directory of the load's own control group; nil where none can be made.
    private let groupPath: String?
    private var group: ControlGroup?
    private var children: [ChildProcess] = []
    private var first: LoadSample?
    private var last: LoadSample?
    private var samples = 0

    init(
        identifier: String, duration: Duration, load: any ResourceLoad, context: FaultContext
    ) {
        self.identifier = identifier
        self.duration = duration
        self.load = load
        self.context = context
        let place = LoadPlace.find()
        // No other load has the name: neither another fault's, nor another drill's.
        groupPath = place.directory.map { "\($0)/firedrill-\(MonotonicClock.now)-\(identifier)" }
        aim = FaultAim(
            backend: "children", backendNote: place.note, objects: [load.object],
            requested: [
                load.requested, Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    func snapshot() {}

    func undoRecords() -> [UndoRecord] {
        let children = load.children.indices.map {
            record($0, .kernel(lifetime: "PR_SET_PDEATHSIG of the load"))
        }
        guard let groupPath else { return children }
        // The first to be recorded is the last to be undone: a group is removed when it is empty.
        let group = UndoRecord(
            identifier: "\(identifier)/group", summary: "the control group of a load",
            reversal: .removeDirectory(path: groupPath, device: 0, inode: 0))
        return [group] + children
    }

    func inject() async throws {
        if let groupPath { group = try .make(at: groupPath) }
        for (index, kind) in load.children.enumerated() {
            let child = try ChildProcess.spawn(kind)
            children.append(child)
            try group?.add(child.identity)
            try await context.undo.update(record(index, .endSession(child.identity)))
        }
    }

    func readBack() async throws {
        let isMet = await context.wait(atMost: Self.patience, every: .milliseconds(50)) {
            let now = sample()
            let start = first ?? now
            first = start
            last = now
            // A shorter time has too few ticks.
            let isLong = (now.time - start.time).count > 300_000_000
            return isDead || isLong && load.isMet(load.achieved(start, now))
        }
        try Task.checkCancellation()
        // A busy host that gives less of what all share is for the proof to tell.
        let isShort = last.map {
            load.judgement(of: load.achieved(first ?? $0, $0)).injection == .unproven
        }
        guard isMet || isShort == true, !isDead else {
            throw FaultError(
                attempted: "load the host", object: "\(load.object)",
                reason: isDead
                    ? "a child ended: \(children.compactMap(\.status).map { "\($0)" })"
                    : "the children have "
                        + "\(last.map { load.achieved(first ?? $0, $0).value } ?? 0) of "
                        + "\(load.requested.value) after \(DurationText(Self.patience))")
        }
        // What counts is the time that the fault is held.
        first = sample()
    }

    func hold() async {
        await context.watch(for: duration, every: Self.period) {
            last = sample()
            samples += 1
        }
    }

    func proof() -> EffectProof {
        guard let first, let last, samples > 0 else {
            return EffectProof(.unproven, "what the children had was never measured")
        }
        let achieved = load.achieved(first, last)
        let judgement = load.judgement(of: achieved)
        return EffectProof(
            judgement.injection, judgement.sentence,
            achieved: [
                FaultRecord.Achievement(
                    name: load.requested.name, requested: load.requested, during: achieved,
                    samples: samples, confirmed: judgement.injection == .confirmed)
            ])
    }

    func revert() async throws {
        for child in children { try? child.signal(SIGKILL) }
        for child in children { _ = await child.wait(atMost: .seconds(5)) }
        guard let group else { return }
        _ = await context.wait(atMost: .seconds(2)) { group.remove() }
    }

    func verify(isBrief: Bool) -> UndoProof {
        let living = children.filter { $0.status == nil }.map { "\($0.identity)" }
        let comparison = Comparison(
            what: "children that load the host", before: "none",
            after: living.isEmpty ? "none" : living.joined(separator: ", "),
            isSame: living.isEmpty)
        var comparisons = [comparison]
        if let group {
            comparisons.append(
                Comparison(
                    what: "\(group)", before: "absent",
                    after: group.exists ? "still there" : "absent", isSame: !group.exists))
        }
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .residual, by: .drill,
            comparisons: comparisons)
    }

    private var isDead: Bool { children.contains { $0.status != nil } }

    private func sample() -> LoadSample {
        LoadSample(time: context.now(), held: load.held(by: children.map(\.identity)))
    }

    private func record(_ index: Int, _ reversal: Reversal) -> UndoRecord {
        UndoRecord(
            identifier: index == 0 ? identifier : "\(identifier)/\(index)",
            summary: "a child that loads the host: \(load.object)", reversal: reversal)
    }
}
