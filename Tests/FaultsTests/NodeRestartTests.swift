import Kernel
import Records
import Testing
import Undo

@testable import Faults

@Suite("A node that a fault has ended")
struct NodeRestartTests {
    /// What a drill has whose guardian has died.
    private struct UnguardedStack: UndoStack {
        func push(_ record: UndoRecord) async throws -> UndoReceipt { throw Trouble() }
        func update(_ record: UndoRecord) async throws { throw Trouble() }
        func close(_ identifier: String) async throws {}
        func isGuarded() async -> Bool { false }
    }

    @Test(
        "is residue when it does not come back, but not when the drill ends for want of a guardian")
    func residue() async {
        var context = FaultContext.fake(Journal())
        let testbed = FakeTestbed([.fake("a", .primary)], journal: Journal())
        let guarded = NodeRestart(context: context, testbed: testbed)
        #expect(await guarded.isResidue(isDown: true))
        #expect(await !guarded.isResidue(isDown: false))
        context.undo = UnguardedStack()
        let unguarded = NodeRestart(context: context, testbed: testbed)
        #expect(await !unguarded.isResidue(isDown: true))
    }
}
