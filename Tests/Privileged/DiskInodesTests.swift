import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing
import Undo

@testable import Faults

@Suite("disk.inodes (needs root)", .serialized, .timeLimit(.minutes(1)))
struct DiskInodesTests {
    /// An undo stack that keeps the latest state of each record.
    private final class Stack: UndoStack {
        let records = Mutex<[String: UndoRecord]>([:])

        func push(_ record: UndoRecord) async throws -> UndoReceipt {
            try await update(record)
            return UndoReceipt(recordedAt: MonotonicClock.now, acknowledgedAt: MonotonicClock.now)
        }

        func update(_ record: UndoRecord) async throws {
            records.withLock { $0[record.identifier] = record }
        }

        func close(_ identifier: String) async throws {}
    }

    private func context(_ stack: Stack) -> FaultContext {
        FaultContext(
            testbed: nil, undo: stack, limits: Limits(disk: ByteCount(64 << 20)), host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7, report: { _ in },
            limitsUsed: LimitsUse())
    }

    private func injector(
        at path: String, leave: Int64, for duration: Duration, _ stack: Stack
    ) -> InodesInjector {
        InodesInjector(
            identifier: "f1", leave: leave, duration: duration,
            places: [
                InodesInjector.Place(mountPoint: path, node: "a", bytes: ByteCount(1 << 20))
            ], context: context(stack))
    }

    /// A file system with a few hundred inodes.
    private func withFileSystem(_ body: (String) async throws -> Void) async throws {
        let mount = try await PrivateMount.make(size: 8 << 20, options: ",nr_inodes=300")
        do {
            try await body(mount.path)
        } catch {
            await mount.remove()
            throw error
        }
        await mount.remove()
    }

    @Test("lets no more files be made than asked, and gives all inodes back", arguments: [0, 7])
    func fill(leave: Int64) async throws {
        try await withFileSystem { path in
            let stack = Stack()
            let injector = injector(at: path, leave: leave, for: .milliseconds(100), stack)
            let before = try FileSystem.statistics(at: path).freeInodes
            #expect(before > 200)
            try await injector.snapshot()
            for record in await injector.undoRecords() { _ = try await stack.push(record) }
            try await injector.inject()
            try await injector.readBack()
            #expect(try FileSystem.statistics(at: path).freeInodes == leave)
            await injector.hold()
            try await injector.revert()
            try await injector.revert()
            #expect(await injector.verify(isBrief: false).undo == .clean)
            let proof = await injector.proof()
            #expect(proof.injection == .confirmed, "\(proof.sentence)")
            #expect(try FileSystem.statistics(at: path).freeInodes == before)
        }
    }

    @Test("leaves nothing for the guardian to do, for the file system goes with the testbed")
    func record() async throws {
        let injector = injector(at: "/nowhere", leave: 0, for: .seconds(1), Stack())
        let records = await injector.undoRecords()
        #expect(records.count == 1)
        guard case .kernel = records[0].reversal else {
            Issue.record("\(records[0].reversal)")
            return
        }
    }
}
