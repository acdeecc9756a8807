import Glibc
import Kernel
import Playbooks
import Records
import TestSupport
import Testing

@testable import Faults

@Suite("process.pause", .timeLimit(.minutes(1)))
struct ProcessPauseTests {
    private func run(
        for duration: Duration, on child: ChildProcess, _ journal: Journal
    ) async throws -> FaultRecord {
        let step = FaultStep(
            kind: "process.pause", selector: Selector(role: "primary"), duration: duration)
        let limits = Limits(processes: 1)
        let fault = try ProcessPause(step: step, identifier: "f1", limits: limits)
        let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
        return await FaultLife(fault, context: context).run()
    }

    @Test("makes a process stand still for a while, and lets it go on")
    func pause() async throws {
        try await withChild { child in
            let record = try await run(for: .milliseconds(100), on: child, Journal())
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.backend == "ptrace")
            #expect(record.undo == .clean)
            #expect((record.achieved.first?.during?.value ?? 0) >= 100e6)
            #expect(ProcessTable.threadStates(of: child.identity) != ["t"])
        }
    }

    @Test("lets the process go on when the drill is aborted")
    func aborted() async throws {
        try await withChild { child in
            let journal = Journal()
            let task = Task { try await run(for: .seconds(600), on: child, journal) }
            while ProcessTable.threadStates(of: child.identity) != ["t"] {
                try await Task.sleep(for: .milliseconds(5))
            }
            task.cancel()
            let record = try await task.value
            #expect(record.undo == .clean)
            #expect(ProcessTable.threadStates(of: child.identity) != ["t"])
            #expect(journal.entries.last == "close f1")
        }
    }

    @Test("does not touch what somebody else has stopped")
    func alreadyStopped() async throws {
        try await withChild { child in
            try child.signal(SIGSTOP)
            while ProcessTable.state(of: child.identity.pid) != "T" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let record = try await run(for: .milliseconds(1), on: child, Journal())
            #expect(record.injection == .unproven)
            #expect(record.proof.contains("somebody else"))
            #expect(ProcessTable.state(of: child.identity.pid) == "T")
        }
    }

    @Test("is not confirmed when the process ends before the pause does")
    func killedMeanwhile() async throws {
        try await withChild { child in
            let task = Task { try await run(for: .milliseconds(300), on: child, Journal()) }
            while ProcessTable.threadStates(of: child.identity) != ["t"] {
                try await Task.sleep(for: .milliseconds(5))
            }
            try child.signal(SIGKILL)
            let record = try await task.value
            #expect(record.injection != .confirmed)
            #expect(record.undo == .clean)
        }
    }

    @Test("needs a length, an aim and a limit")
    func refused() {
        func make(_ selector: Selector?, _ duration: Duration?, _ processes: Int) throws {
            let step = FaultStep(kind: "process.pause", selector: selector, duration: duration)
            _ = try ProcessPause(
                step: step, identifier: "f1", limits: Limits(processes: processes))
        }
        let primary = Selector(role: "primary")
        #expect(throws: FaultError.self) { try make(primary, nil, 1) }
        #expect(throws: FaultError.self) { try make(nil, .seconds(1), 1) }
        #expect(throws: FaultError.self) { try make(primary, .seconds(1), 0) }
    }

    @Test(
        "picks by words and shares",
        arguments: [
            (Selector.Pick.majority, 5, 3), (.majority, 4, 3), (.majority, 1, 1),
            (.minority, 5, 2), (.minority, 4, 1), (.minority, 2, 0), (.share(.percent(50)), 3, 2),
            (.share(.percent(70)), 10, 7), (.share(.percent(1)), 3, 1),
            (.share(.percent(100)), 3, 3),
        ])
    func counts(pick: Selector.Pick, total: Int, expected: Int) throws {
        #expect(pick.count(of: total) == expected)
        let selection = NodeSelection(selector: Selector(pick: pick), seed: 3, stream: "f1")
        guard expected > 0 else {
            #expect(throws: FaultError.self) { try selection.picked(Array(0..<total)) }
            return
        }
        let picked = try selection.picked(Array(0..<total))
        #expect(picked.count == expected)
        #expect(try selection.picked(Array(0..<total)) == picked)
    }
}
