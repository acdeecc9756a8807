import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Gives nodes another clock, and asks all of them what they take the time for.
actor ClockSkewInjector: Injector {
    /// How long a node may take to show its clock before the fault, and after it.
    private static let patience = Duration.seconds(5)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let offset: Duration
    private let duration: Duration
    private let nodes: [String]
    private let processes: [ProcessIdentity]
    private let means: any SkewMeans
    private let testbed: any Testbed
    private let context: FaultContext

    /// What was read of each node's clock.
    private var before: [String: SkewReading] = [:]
    private var during: [String: [SkewReading]] = [:]
    private var after: [String: SkewReading] = [:]
    private var isTouched = false

    init(
        identifier: String, offset: Duration, duration: Duration, processes: [SelectedProcess],
        means: any SkewMeans, testbed: any Testbed, context: FaultContext
    ) {
        self.identifier = identifier
        self.offset = offset
        self.duration = duration
        self.means = means
        self.testbed = testbed
        self.context = context
        nodes = processes.compactMap(\.node)
        self.processes = processes.map(\.identity)
        aim = FaultAim(
            backend: means.backend, backendNote: means.note,
            objects: processes.map { .process($0.identity, node: $0.node) },
            requested: [
                Figure("offset", Double(offset.nanoseconds), .nanoseconds),
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    func snapshot() async throws {
        try await means.prepare()
        for node in await allNodes() { before[node] = await reading(of: node, isAwaited: true) }
        for node in nodes {
            guard let reading = before[node] else {
                throw FaultError(
                    attempted: "read the clock", object: "node \(node)",
                    reason: "it did not show it within \(DurationText(Self.patience))")
            }
            guard reading.allows(.zero) else {
                throw FaultError(
                    attempted: "put the clock off", object: "node \(node)",
                    reason: "it is off by \(Self.text(reading)) already")
            }
        }
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "the clock of " + nodes.map { "node \($0)" }.joined(separator: ", "),
                reversal: .kernel(
                    lifetime: "the node, with its clock, ends with the drill",
                    witnesses: processes.map { .ended($0) }))
        ]
    }

    func inject() async throws {
        isTouched = true
        try await means.skew(by: offset)
    }

    func readBack() async throws {
        try await means.readBack(offset)
        for node in nodes {
            guard let reading = await reading(of: node, isAwaited: true) else {
                throw FaultError(
                    attempted: "read the clock", object: "node \(node)",
                    reason: "it does not show it any more")
            }
            guard reading.allows(offset) else {
                throw FaultError(
                    attempted: "put the clock off", object: "node \(node)",
                    reason: "it shows a time that is off by \(Self.text(reading))\(means.doubt)")
            }
        }
    }

    func hold() async {
        let end = context.now() + Nanoseconds(duration)
        let all = await allNodes()
        while !Task.isCancelled {
            for node in all {
                if let reading = await reading(of: node) {
                    during[node, default: []].append(reading)
                }
            }
            let left = (end - context.now()).duration
            guard left > .zero else { return }
            try? await context.sleep(min(left, means.period))
        }
    }

    func proof() async -> EffectProof {
        let hit = await means.hit
        var achieved: [FaultRecord.Achievement] = []
        for node in before.keys.sorted() {
            let asked = nodes.contains(node) ? offset : .zero
            let readings = during[node] ?? []
            achieved.append(
                FaultRecord.Achievement(
                    name: "\(means.clock) of node \(node)",
                    requested: Figure("offset", Double(asked.nanoseconds), .nanoseconds),
                    before: before[node].map(Self.figure), during: readings.last.map(Self.figure),
                    after: after[node].map(Self.figure), samples: readings.count,
                    confirmed: !readings.isEmpty && readings.allSatisfy { $0.allows(asked) }))
        }
        let aimed = achieved.filter { $0.requested.value != 0 }
        guard aimed.allSatisfy({ $0.samples > 0 }) else {
            return EffectProof(
                .unproven, "a node never showed its clock", achieved: achieved, hit: hit)
        }
        // A node that was down meanwhile has shown nothing, and nothing else either.
        let others = achieved.filter { $0.requested.value == 0 && $0.samples > 0 }
        let isMet = (aimed + others).allSatisfy(\.confirmed)
        let count = aimed.map(\.samples).min() ?? 0
        return EffectProof(
            isMet ? .confirmed : .mismatch,
            isMet
                ? "each of \(count) readings \(means.witness) was off by what was asked"
                    + (others.isEmpty ? "" : ", and no other node's was")
                : "a node showed another time than was asked in one of \(count) readings",
            achieved: achieved, hit: hit)
    }

    func revert() async throws {
        guard isTouched else { return }
        try await means.remove()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        let look = await means.look(isBrief: isBrief)
        var comparisons = look.comparisons
        var isClean = !look.isResidue
        for node in nodes where isTouched && !isBrief {
            after[node] = await reading(of: node, isAwaited: true)
            // Whether it answers is the system's affair; what it answers is ours.
            guard let reading = after[node] else { continue }
            let isRight = reading.allows(.zero)
            isClean = isClean && isRight
            comparisons.append(
                Comparison(
                    what: "offset of the \(means.clock) of node \(node)", before: "0 s",
                    after: isRight ? "0 s" : Self.text(reading), isSame: isRight))
        }
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }

    private func allNodes() async -> [String] { await testbed.nodes().map(\.name) }

    private func reading(of node: String, isAwaited: Bool = false) async -> SkewReading? {
        var found: SkewReading?
        let bound = isAwaited ? Self.patience : .zero
        _ = await context.wait(atMost: bound, every: .milliseconds(50)) {
            found = await means.reading(of: node)
            return found != nil
        }
        return found
    }

    private static func text(_ reading: SkewReading) -> String {
        let sign = reading.offset < 0 ? "-" : ""
        return sign + DurationText(.nanoseconds(abs(reading.offset))).description
    }

    private static func figure(_ reading: SkewReading) -> Figure {
        Figure("offset", Double(reading.offset), .nanoseconds)
    }
}
