import FoundationEssentials
import Glibc
import Kernel
import Records
import Synchronization
import Systems
import Testing
import Undo

/// An undo stack that remembers what it was told, and can be made to fail.
final class MemoryUndoStack: UndoStack {
    private struct State {
        var open: [String: UndoRecord] = [:]
        var pushed: [UndoRecord] = []
        var updated: [UndoRecord] = []
        var closed: [String] = []
    }

    struct Refused: Error {}

    private let state = Mutex(State())
    private let refuses: Bool

    init(refuses: Bool = false) { self.refuses = refuses }

    var open: [String: UndoRecord] { state.withLock(\.open) }
    var pushed: [UndoRecord] { state.withLock(\.pushed) }
    var updated: [UndoRecord] { state.withLock(\.updated) }
    var closed: [String] { state.withLock(\.closed) }

    func push(_ record: UndoRecord) async throws -> UndoReceipt {
        if refuses { throw Refused() }
        state.withLock { state in
            state.open[record.identifier] = record
            state.pushed.append(record)
        }
        return UndoReceipt(recordedAt: 0, acknowledgedAt: 0)
    }

    func update(_ record: UndoRecord) async throws {
        state.withLock { state in
            state.open[record.identifier] = record
            state.updated.append(record)
        }
    }

    func close(_ identifier: String) async throws {
        state.withLock { state in
            state.open[identifier] = nil
            state.closed.append(identifier)
        }
    }
}

/// A directory and what else a testbed gets from its drill, for one test.
final class TestDrill: Sendable {
    let directory: String
    let undo: MemoryUndoStack
    private let logs: HeldDirectory
    private let log = Mutex<[Event]>([])
    private let start = ContinuousClock.now

    init(undo: MemoryUndoStack = MemoryUndoStack()) throws {
        self.undo = undo
        let parent = FileManager.default.temporaryDirectory.path
        directory = "\(parent)/firedrill-systems-\(getpid())-\(UInt64.random(in: 0 ..< .max))"
        for path in ["/work", "/log"] {
            try FileManager.default.createDirectory(
                atPath: directory + path, withIntermediateDirectories: true)
        }
        logs = try HeldDirectory(at: "\(directory)/log")
    }

    var events: [Event] { log.withLock { $0 } }

    var environment: TestbedEnvironment {
        TestbedEnvironment(
            workDirectory: "\(directory)/work", logs: logs, undo: undo,
            now: { [start] in
                DrillTime.zero + Nanoseconds(ContinuousClock.now - start)
            }, seed: 1, report: { [self] event in log.withLock { $0.append(event) } },
            hasPrivateMounts: false)
    }

    /// What a testbed left of its files; empty when it cleaned up.
    func remains() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(directory)/work")
    }

    /// Runs `body` with a started testbed and stops it, whatever happens; nothing may be left.
    func use(
        _ system: any SystemUnderTest,
        _ body: (any Testbed, any QueueClient) async throws -> Void
    ) async throws {
        let testbed = try await system.start(in: environment)
        let client = try await testbed.makeClient()
        do {
            try await body(testbed, client)
        } catch {
            await client.close()
            _ = await testbed.stop()
            throw error
        }
        await client.close()
        let comparisons = await testbed.stop()
        #expect(comparisons.filter { !$0.isSame } == [])
        #expect(await testbed.nodes().allSatisfy { $0.process == nil })
        #expect(try remains().isEmpty)
        #expect(undo.open.isEmpty)
        try remove()
    }

    func remove() throws {
        try FileManager.default.removeItem(atPath: directory)
    }
}
