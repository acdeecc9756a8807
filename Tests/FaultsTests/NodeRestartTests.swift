import Kernel
import Records
import Systems
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

    @Test(
        "is compared by its process and, when there is time, its status",
        arguments: [(true, 1), (false, 2)])
    func look(isBrief: Bool, comparisons: Int) async {
        var node = NodeState.fake("a", .primary)
        node.process = ProcessIdentity(pid: 4712, startTime: 2)
        let ended = ProcessIdentity(pid: 4711, startTime: 1)
        let restart = NodeRestart(
            context: .fake(Journal()), testbed: FakeTestbed([node], journal: Journal()))
        let look = await restart.look(
            at: "a", ended: ended, before: .healthy, problem: nil, isBrief: isBrief)
        #expect(look.comparisons.count == comparisons)
        #expect(look.comparisons.allSatisfy { $0.isSame })
        #expect(!look.isResidue)
        let dead = await restart.look(
            at: "a", ended: ended, before: .healthy, problem: nil, isDiskDead: true, isBrief: true)
        #expect(dead.isResidue)
        let gone = await restart.look(
            at: "b", ended: ended, before: .healthy, problem: "no such file", isBrief: isBrief)
        #expect(gone.isResidue)
        #expect(gone.comparisons.map(\.after) == ["no such file"])
    }
}
