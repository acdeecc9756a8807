import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing
import Undo

@testable import Faults

/// Faults of whole cgroups, through their lives.
@Suite("Faults of a cgroup (needs root)", .serialized, .timeLimit(.minutes(1)))
struct GroupFaultTests {
    /// An undo stack that keeps what is open.
    private final class Stack: UndoStack {
        let open = Mutex<[UndoRecord]>([])

        func push(_ record: UndoRecord) async throws -> UndoReceipt {
            open.withLock { $0.append(record) }
            return UndoReceipt(recordedAt: MonotonicClock.now, acknowledgedAt: MonotonicClock.now)
        }

        func update(_ record: UndoRecord) async throws {}

        func close(_ identifier: String) async throws {
            open.withLock { open in open.removeAll { $0.identifier == identifier } }
        }
    }

    private func run(
        _ step: FaultStep, processes: Int, stack: Stack = Stack()
    ) async throws -> FaultRecord {
        let limits = Limits(processes: processes)
        let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        let context = FaultContext(
            testbed: nil, undo: stack, limits: limits, host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7, report: { _ in },
            limitsUsed: LimitsUse())
        return await FaultLife(fault, context: context).run()
    }

    @Test("process.pause freezes all of it, and its undo record alone thaws it")
    func pause() async throws {
        let scratch = try ScratchGroup(processes: 2)
        let selector = Selector(controlGroup: scratch.group.path, pick: .all)
        let record = try await run(
            FaultStep(kind: "process.pause", selector: selector, duration: .milliseconds(50)),
            processes: 2)
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.backend == "freezer")
        #expect(record.undo == .clean)
        #expect(try !scratch.group.isFreezeAsked())
        // The drill's end in the middle of it: what is on record is enough.
        let stack = Stack()
        let step = FaultStep(kind: "process.pause", selector: selector, duration: .seconds(600))
        let task = Task { try await run(step, processes: 2, stack: stack) }
        while try !scratch.group.isFrozen() { try await Task.sleep(for: .milliseconds(5)) }
        let open = try #require(stack.open.withLock { $0.first })
        #expect(ReversalPerformer().perform(open.reversal).isClean)
        #expect(try !scratch.group.isFreezeAsked())
        task.cancel()
        _ = try await task.value
        await scratch.remove()
    }

    @Test("process.kill ends all of it, and refuses more than the limits allow")
    func kill() async throws {
        let scratch = try ScratchGroup(processes: 3)
        let selector = Selector(controlGroup: scratch.group.path, pick: .all)
        let step = FaultStep(kind: "process.kill", selector: selector)
        let refused = try await run(step, processes: 2)
        #expect(refused.proof.contains("limits.processes is 2"))
        #expect(scratch.children.allSatisfy { $0.status == nil })
        let record = try await run(step, processes: 3)
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.backend == "cgroup.kill")
        for child in scratch.children { #expect(await child.wait() == .signaled(SIGKILL)) }
        await scratch.remove()
    }

    @Test("a group that holds the drill itself is refused")
    func own() async throws {
        let scratch = try ScratchGroup(processes: 0)
        let file = open("\(scratch.group.path)/cgroup.procs", O_WRONLY | O_CLOEXEC)
        let home = try #require(
            try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
                .split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3))
        #expect(write(file, "0", 1) == 1)
        close(file)
        let step = FaultStep(
            kind: "process.pause",
            selector: Selector(controlGroup: scratch.group.path, pick: .all),
            duration: .seconds(600))
        let record = try await run(step, processes: 9)
        #expect(record.proof.contains("the drill itself"))
        let back = open(
            "\(ControlGroup.root ?? "")\(home)/cgroup.procs", O_WRONLY | O_CLOEXEC)
        #expect(write(back, "0", 1) == 1)
        close(back)
        await scratch.remove()
    }
}
