import Glibc
import Kernel
import Playbooks
import Records
import Systems
import TestSupport
import Testing

@testable import Faults

@Suite("process.kill", .timeLimit(.minutes(1)))
struct ProcessKillTests {
    private func step(
        _ arguments: [String: ArgumentValue] = [:], selector: Selector = Selector(role: "primary"),
        duration: Duration? = nil
    ) -> FaultStep {
        FaultStep(
            kind: "process.kill", selector: selector, arguments: Arguments(arguments),
            duration: duration)
    }

    private func run(
        _ step: FaultStep, on testbed: FakeTestbed, _ journal: Journal,
        limits: Limits = Limits(processes: 2)
    ) async throws -> FaultRecord {
        let fault = try ProcessKill(step: step, identifier: "f1", limits: limits)
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
        return await FaultLife(fault, context: context).run()
    }

    @Test("ends the process and measures how long that took")
    func kill() async throws {
        try await withChild { child in
            let journal = Journal()
            let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
            let record = try await run(step(), on: testbed, journal)
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(await child.wait() == .signaled(SIGKILL))
            #expect(record.objects == ["node a, \(child.identity)"])
            #expect(record.undo == .clean)
            #expect((record.achieved.first?.during?.value ?? 0) > 0)
            #expect(record.requested.first?.text == "SIGKILL")
            #expect(!journal.entries.contains("restart a"))
        }
    }

    @Test("starts the node again afterwards")
    func restart() async throws {
        try await withChild { child in
            let journal = Journal()
            let testbed = FakeTestbed(
                [.fake("a", .primary, process: child.identity)], journal: journal)
            let kill = step(["restart_after": .duration(.milliseconds(1))])
            // The testbed notes the death, as its watch of the child would.
            async let record = run(kill, on: testbed, journal)
            _ = await child.wait()
            testbed.update("a") { $0.process = nil }
            let result = try await record
            #expect(result.injection == .confirmed, "\(result.proof)")
            #expect(result.undo == .clean)
            #expect(result.undoneBy == .drill)
            #expect(journal.entries.contains("restart a"))
            #expect(result.comparisons.map(\.isSame) == [true, true])
        }
    }

    @Test("never signals a process whose start time is another")
    func startTime() async throws {
        try await withChild { child in
            let stale = ProcessIdentity(
                pid: child.identity.pid, startTime: child.identity.startTime - 1)
            let journal = Journal()
            let testbed = FakeTestbed([.fake("a", .primary, process: stale)])
            let record = try await run(step(), on: testbed, journal)
            #expect(record.injection == .unproven)
            #expect(!journal.entries.contains("push f1"))
            #expect(ProcessTable.isAlive(child.identity))
        }
    }

    @Test("stops a process for a while and continues it")
    func pause() async throws {
        try await withChild { child in
            let journal = Journal()
            let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
            let stop = step(["signal": .string("STOP")], duration: .milliseconds(100))
            let record = try await run(stop, on: testbed, journal)
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.undo == .clean)
            #expect((record.achieved.first?.during?.value ?? 0) >= 100e6)
            #expect(ProcessTable.state(of: child.identity.pid) != "T")
        }
    }

    @Test("continues a stopped process when the drill is aborted")
    func abortedPause() async throws {
        try await withChild { child in
            let journal = Journal()
            let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
            let stop = step(["signal": .string("STOP")], duration: .seconds(600))
            let task = Task { try await run(stop, on: testbed, journal) }
            while ProcessTable.state(of: child.identity.pid) != "T" {
                try await Task.sleep(for: .milliseconds(5))
            }
            task.cancel()
            let record = try await task.value
            #expect(record.undo == .clean)
            #expect(ProcessTable.state(of: child.identity.pid) != "T")
            #expect(journal.entries.last == "close f1")
        }
    }

    @Test("does not stop what somebody else has stopped, whose undo would continue it")
    func alreadyStopped() async throws {
        try await withChild { child in
            try child.signal(SIGSTOP)
            while ProcessTable.state(of: child.identity.pid) != "T" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
            let stop = step(["signal": .string("STOP")], duration: .milliseconds(1))
            let record = try await run(stop, on: testbed, Journal())
            #expect(record.injection == .unproven)
            #expect(ProcessTable.state(of: child.identity.pid) == "T")
        }
    }

    @Test("refuses the drill itself, by whatever selector")
    func itself() async throws {
        let own = try #require(ProcessTable.identity(of: getpid()))
        let journal = Journal()
        let testbed = FakeTestbed([.fake("a", .primary, process: own)])
        let record = try await run(step(), on: testbed, journal)
        #expect(record.proof.contains("the drill itself"))
        #expect(!journal.entries.contains("push f1"))
    }

    @Test("finds a process by its command line, never one of its own")
    func commandLine() async throws {
        try await withChild { child in
            let selector = Selector(commandLine: "^/bin/sleep 600$", pick: .all)
            let selection = ProcessSelection(selector: selector, seed: 1, stream: "f1")
            let found = try selection.processes(nodes: [.fake("a", .primary)])
            #expect(found.map(\.identity).contains(child.identity))
            #expect(!found.map(\.identity.pid).contains(getpid()))
            let broken = ProcessSelection(
                selector: Selector(commandLine: "("), seed: 1, stream: "f1")
            #expect(throws: FaultError.self) { try broken.processes(nodes: []) }
        }
    }

    @Test("makes the same choice from the same seed")
    func choice() throws {
        let nodes = (0..<20).map { NodeState.fake("n\($0)", .standby) }
        func chosen(_ seed: UInt64, _ pick: Selector.Pick) throws -> [String] {
            try NodeSelection(
                selector: Selector(role: "standby", pick: pick), seed: seed, stream: "f1"
            ).nodes(among: nodes).map(\.name)
        }
        #expect(try chosen(1, .count(5)) == chosen(1, .count(5)))
        #expect(try chosen(1, .count(5)) != chosen(2, .count(5)))
        #expect(try chosen(1, .one).count == 1)
        #expect(try chosen(1, .all).count == 20)
        #expect(throws: FaultError.self) { try chosen(1, .count(21)) }
    }

    @Test(
        "refuses parameters that contradict each other",
        arguments: [
            ("length of the pause", ["signal": .string("STOP")], Selector(role: "primary"), nil),
            ("over at once", [:], Selector(role: "primary"), .seconds(1)),
            (
                "only the testbed's nodes", ["restart_after": .duration(.seconds(1))],
                Selector(pidFile: "/run/x.pid"), nil
            ),
            (
                "a link has no process", [:],
                Selector(link: Selector.Link(source: "clients", destination: "a")), nil
            ),
        ] as [(String, [String: ArgumentValue], Selector, Duration?)])
    func refused(
        reason: String, arguments: [String: ArgumentValue], selector: Selector, duration: Duration?
    ) {
        let error = #expect(throws: FaultError.self) {
            try ProcessKill(
                step: step(arguments, selector: selector, duration: duration), identifier: "f1",
                limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true)
    }
}
