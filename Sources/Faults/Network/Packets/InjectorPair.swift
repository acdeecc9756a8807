import Records
import Undo

/// Two injectors that live one life: one fault in two places.
struct InjectorPair: Injector {
    let aim: FaultAim
    private let first: any Injector
    private let second: any Injector

    init(_ first: any Injector, _ second: any Injector) {
        self.first = first
        self.second = second
        var aim = first.aim
        aim.objects += second.aim.objects
        aim.longestHold = [aim.longestHold, second.aim.longestHold].compactMap(\.self).max()
        self.aim = aim
    }

    func snapshot() async throws {
        try await first.snapshot()
        try await second.snapshot()
    }

    func undoRecords() async -> [UndoRecord] {
        await first.undoRecords() + second.undoRecords()
    }

    func inject() async throws {
        try await first.inject()
        try await second.inject()
    }

    func readBack() async throws {
        try await first.readBack()
        try await second.readBack()
    }

    func hold() async {
        async let other: Void = second.hold()
        await first.hold()
        await other
    }

    /// The worse of both, with the words of both.
    func proof() async -> EffectProof {
        let proofs = [await first.proof(), await second.proof()]
        let order: [FaultRecord.Injection] = [.mismatch, .unproven, .confirmed]
        let worst = order.first { injection in proofs.contains { $0.injection == injection } }
        return EffectProof(
            worst ?? .unproven, proofs.map(\.sentence).joined(separator: "; and "),
            achieved: Self.named(proofs.map(\.achieved)))
    }

    /// Says of what both have shown in which direction it was: the first goes out.
    private static func named(
        _ achieved: [[FaultRecord.Achievement]]
    ) -> [FaultRecord.Achievement] {
        let names = achieved.map { Set($0.map(\.name)) }
        let shared = names.dropFirst().reduce(names.first ?? []) { $0.intersection($1) }
        return zip(achieved, ["going out", "coming in"]).flatMap { achieved, direction in
            achieved.map { achievement in
                var achievement = achievement
                if shared.contains(achievement.name) { achievement.name += ", \(direction)" }
                return achievement
            }
        }
    }

    /// Takes both out, the second one also when the first one could not be.
    func revert() async throws {
        do {
            try await first.revert()
        } catch {
            try await second.revert()
            throw error
        }
        try await second.revert()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        let proofs = [
            await first.verify(isBrief: isBrief), await second.verify(isBrief: isBrief),
        ]
        let order: [FaultRecord.Undo] = [.residual, .unknown, .clean]
        let worst = order.first { undo in proofs.contains { $0.undo == undo } }
        return UndoProof(
            worst ?? .unknown, by: proofs[0].undoneBy, comparisons: proofs.flatMap(\.comparisons))
    }
}
