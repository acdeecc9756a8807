import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing

@testable import Faults

@Suite("process.crash_loop", .timeLimit(.minutes(1)))
struct CrashLoopTests {
    private func spawn() throws -> ChildProcess {
        try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
    }

    private func run(
        _ count: Int, on testbed: FakeTestbed, _ journal: Journal
    ) async throws -> FaultRecord {
        let step = FaultStep(
            kind: "process.crash_loop", selector: Selector(role: "primary"),
            arguments: Arguments([
                "count": .integer(Int64(count)), "uptime": .duration(.milliseconds(10)),
                "restart_after": .duration(.milliseconds(10)),
            ]))
        let limits = Limits(processes: 1)
        let fault = try ProcessCrashLoop(step: step, identifier: "f1", limits: limits)
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
        return await FaultLife(fault, context: context).run()
    }

    @Test("kills each process that the testbed starts, and leaves the last one running")
    func loop() async throws {
        let journal = Journal()
        let children = [try spawn(), try spawn(), try spawn()]
        let testbed = FakeTestbed(
            [.fake("a", .primary, process: children[0].identity)], journal: journal,
            successors: children.dropFirst().map(\.identity))
        // The testbed notes each death.
        let watch = Task {
            for child in children {
                _ = await child.wait()
                testbed.update("a") {
                    if $0.process == child.identity { $0.process = nil }
                }
            }
        }
        let record = try await run(3, on: testbed, journal)
        for child in children { #expect(await child.wait() == .signaled(SIGKILL)) }
        await watch.value
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.achieved.first?.during?.value == 3)
        // Whoever explains an end looks for the process among what the fault was aimed at.
        #expect(record.objects == children.map { "node a, \($0.identity)" })
        #expect(record.undo == .clean)
        #expect(journal.entries.count { $0 == "restart a" } == 3)
    }

    @Test("says how long all its turns may take, be it hours")
    func hold() {
        let injector = CrashLoopInjector(
            identifier: "f1",
            loop: CrashLoop(count: 100, uptime: .seconds(60), restartAfter: .seconds(30)),
            processes: [], testbed: FakeTestbed([]), context: .fake(Journal()))
        #expect(injector.aim.longestHold ?? .zero >= .seconds(100 * 90))
    }

    @Test("says so when the node does not come back between two kills")
    func staysDown() async throws {
        let journal = Journal()
        let child = try spawn()
        let testbed = FakeTestbed(
            [.fake("a", .primary, process: child.identity)], journal: journal)
        let watch = Task {
            _ = await child.wait()
            testbed.update("a") { $0.process = nil }
        }
        let record = try await run(3, on: testbed, journal)
        await watch.value
        // The fake's process after a restart does not exist.
        #expect(record.injection == .mismatch, "\(record.proof)")
        #expect(record.proof.contains("1 of 3"))
    }

    @Test("is for nodes of a testbed, and has no length")
    func refused() {
        func make(_ selector: Selector, _ duration: Duration?) throws {
            let step = FaultStep(
                kind: "process.crash_loop", selector: selector, duration: duration)
            _ = try ProcessCrashLoop(step: step, identifier: "f1", limits: Limits(processes: 1))
        }
        #expect(throws: FaultError.self) { try make(Selector(pidFile: "/run/x.pid"), nil) }
        #expect(throws: FaultError.self) { try make(Selector(role: "primary"), .seconds(1)) }
    }
}
