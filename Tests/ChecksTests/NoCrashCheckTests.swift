import Playbooks
import Records
import Testing

@testable import Checks

@Suite("No crash")
struct NoCrashCheckTests {
    private func judge(
        exits: [(second: Int64, message: String)], killed: String? = nil, isStarted: Bool = true,
        by fault: (kind: String, backend: String) = ("process.kill", "pidfd")
    ) throws -> CheckResult {
        func time(_ second: Int64) -> DrillTime { DrillTime(nanoseconds: second * 1_000_000_000) }
        var events: [Event] = []
        if isStarted {
            events.append(
                Event(time: .zero, kind: .nodeStarted, subject: "a", message: "a listens"))
        }
        events += exits.map {
            Event(time: time($0.second), kind: .nodeExited, subject: "a", message: $0.message)
        }
        events.append(
            Event(time: time(50), kind: .phaseStarted, subject: "teardown", message: "teardown"))
        let playbook = Playbook(
            name: "p", title: "t", hypothesis: "h", target: Target(kind: "reference"),
            workload: Workload())
        let header = DrillHeader(
            identifier: "d", playbook: "p", title: "t", hypothesis: "h", tags: [], seed: 1,
            startedAt: 0, command: "c")
        let faults = killed.map {
            [
                FaultRecord(
                    identifier: "f1", kind: fault.kind, name: "kill", backend: fault.backend,
                    objects: [$0])
            ]
        }
        return try NoCrashCheck(expectation: Expectation(kind: "no_crash"), playbook: playbook)
            .judge(
                JudgedEvidence(
                    playbook: playbook,
                    evidence: Evidence(header: header, playbookText: "", events: events),
                    faults: faults ?? [], ledger: nil, redelivery: nil))
    }

    private static let exit = "a, pid 77 started 900, ended: exit code 70"

    @Test("A process that ends of itself is a crash")
    func crash() throws {
        let result = try judge(exits: [(10, Self.exit)])
        #expect(result.status == .broken)
        #expect(result.sentence.contains("exit code 70"))
    }

    @Test("A process that a fault killed is none, its successor is")
    func killed() throws {
        let killed = "pid 77 started 900, node a"
        #expect(try judge(exits: [(10, Self.exit)], killed: killed).status == .held)
        let next = "a, pid 78 started 950, ended: signal 11"
        #expect(
            try judge(exits: [(10, Self.exit), (20, next)], killed: killed).status == .broken)
    }

    @Test("A process that was started again for another clock is none, one whose clock jumped is")
    func skewed() throws {
        let killed = "pid 77 started 900, node a"
        let restarted = try judge(
            exits: [(10, Self.exit)], killed: killed, by: ("clock.skew", "time namespace"))
        #expect(restarted.status == .held)
        let running = try judge(
            exits: [(10, Self.exit)], killed: killed, by: ("clock.skew", "vdso"))
        #expect(running.status == .broken)
    }

    @Test(
        "A signal excuses an end only when it ends processes, and only while its fault is in",
        arguments: [
            ("SIGKILL", nil, 11.0, true), ("SIGKILL", nil, 9.0, false),
            ("SIGTERM", nil, 30.0, false), ("SIGUSR1", "signal to effect", 11.0, false),
            ("SIGUSR1", "signal to end", 11.0, true), ("SIGUSR1", "signal to end", 30.0, false),
            (nil, nil, 11.0, false),
        ] as [(String?, String?, Double, Bool)])
    func signals(signal: String?, seen: String?, second: Double, isExcused: Bool) throws {
        var builder = EvidenceBuilder()
        builder.events = [
            Event(time: .zero, kind: .nodeStarted, subject: "a", message: "a listens"),
            Event(
                time: .at(second), kind: .nodeExited, subject: "a",
                message: "a, pid 4711 started 8123456, ended: signal 11"),
        ]
        // A signal that stops leaves its length alone in the record.
        let requested =
            signal.map { Figure("signal", 1, .none, text: $0) }
            ?? Figure("pause", 500_000_000, .nanoseconds)
        builder.fault("process.kill", node: "a", from: 10, to: 12, requested: [requested])
        builder.faults[0].achieved = [
            FaultRecord.Achievement(
                name: "signal to a", requested: requested,
                during: seen.map { Figure($0, 400_000, .nanoseconds) }, samples: 1, confirmed: true)
        ]
        #expect(try builder.judge("no_crash").status == (isExcused ? .held : .broken))
    }

    @Test(
        "A signal takes its node out of the service when it ends or stops it",
        arguments: [
            (Figure("signal", 9, .none, text: "SIGKILL"), ["a"]),
            (Figure("signal", 10, .none, text: "SIGUSR1"), []),
            (Figure("pause", 500_000_000, .nanoseconds), ["a"]),
        ] as [(Figure, [String])])
    func removed(requested: Figure, nodes: [String]) throws {
        var builder = EvidenceBuilder()
        builder.fault("process.kill", node: "a", from: 10, to: 12, requested: [requested])
        let window = try #require(FaultWindow(builder.faults[0]))
        #expect(window.removedNodes == nodes)
        builder.faults[0].revertedAt = nil
        builder.faults[0].verifiedAt = nil
        let isOver = try #require(FaultWindow(builder.faults[0])).end != nil
        #expect(isOver == (requested.name != "pause"))
    }

    @Test("The end of the testbed is none")
    func teardown() throws {
        #expect(try judge(exits: [(51, Self.exit)]).status == .held)
    }

    @Test("Without a process there is nothing to tell")
    func nothing() throws {
        #expect(try judge(exits: [], isStarted: false).status == .inconclusive)
    }
}
