import Records
import Testing
import Undo

@testable import Faults

/// An injector that notes what is asked of it.
private struct NotingInjector: Injector {
    let name: String
    let journal: Journal
    var injection = FaultRecord.Injection.confirmed
    var undo = FaultRecord.Undo.clean
    var failsToRevert = false

    var aim: FaultAim {
        FaultAim(
            backend: "netem", backendNote: "both", objects: [.link(name)], requested: [])
    }

    func snapshot() { journal.add("snapshot \(name)") }
    func undoRecords() -> [UndoRecord] {
        [UndoRecord(identifier: name, summary: name, reversal: .kernel(lifetime: name))]
    }
    func inject() { journal.add("inject \(name)") }
    func readBack() { journal.add("read \(name)") }
    func hold() { journal.add("hold \(name)") }
    func proof() -> EffectProof { EffectProof(injection, name) }
    func revert() throws {
        journal.add("revert \(name)")
        if failsToRevert { throw Trouble() }
    }
    func verify(isBrief: Bool) -> UndoProof { UndoProof(undo, by: .drill, comparisons: []) }
}

@Suite("A pair of injectors")
struct InjectorPairTests {
    @Test("lives one life, in order, with the objects and undo records of both")
    func order() async throws {
        let journal = Journal()
        let pair = InjectorPair(
            NotingInjector(name: "a", journal: journal), NotingInjector(name: "b", journal: journal)
        )
        #expect(pair.aim.objects == [.link("a"), .link("b")])
        #expect(await pair.undoRecords().map(\.identifier) == ["a", "b"])
        try await pair.snapshot()
        try await pair.inject()
        try await pair.readBack()
        #expect(
            journal.entries == [
                "snapshot a", "snapshot b", "inject a", "inject b", "read a", "read b",
            ])
        await pair.hold()
        #expect(Set(journal.entries.suffix(2)) == ["hold a", "hold b"])
    }

    @Test("takes the second one out also when the first one could not be")
    func revert() async {
        let journal = Journal()
        let pair = InjectorPair(
            NotingInjector(name: "a", journal: journal, failsToRevert: true),
            NotingInjector(name: "b", journal: journal))
        await #expect(throws: Trouble.self) { try await pair.revert() }
        #expect(journal.entries == ["revert a", "revert b"])
    }

    @Test("is as bad as the worse of both")
    func worst() async {
        let journal = Journal()
        for (one, other, expected) in [
            (.confirmed, .confirmed, .confirmed), (.confirmed, .unproven, .unproven),
            (.mismatch, .unproven, .mismatch),
        ] as [(FaultRecord.Injection, FaultRecord.Injection, FaultRecord.Injection)] {
            let pair = InjectorPair(
                NotingInjector(name: "a", journal: journal, injection: one),
                NotingInjector(name: "b", journal: journal, injection: other))
            #expect(await pair.proof().injection == expected)
        }
        for (one, other, expected) in [
            (.clean, .clean, .clean), (.clean, .residual, .residual),
            (.unknown, .clean, .unknown),
        ] as [(FaultRecord.Undo, FaultRecord.Undo, FaultRecord.Undo)] {
            let pair = InjectorPair(
                NotingInjector(name: "a", journal: journal, undo: one),
                NotingInjector(name: "b", journal: journal, undo: other))
            #expect(await pair.verify(isBrief: true).undo == expected)
        }
    }
}
