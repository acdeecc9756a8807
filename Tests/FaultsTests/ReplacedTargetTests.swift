import Glibc
import Kernel
import Playbooks
import Records
import Systems
import TestSupport
import Testing

@testable import Faults

@Suite("A target that is restarted in the middle of a fault", .timeLimit(.minutes(1)))
struct ReplacedTargetTests {
    @Test(
        "is not held for the old one: the fault says what it missed, and nobody else is touched",
        arguments: [
            ("process.limit", ["descriptors_left": .integer(0)]), ("process.pause", [:]),
            ("process.kill", ["signal": .string("STOP")]),
        ] as [(String, [String: ArgumentValue])])
    func replaced(kind: String, arguments: [String: ArgumentValue]) async throws {
        try await withChild { old in
            try await withChild { successor in
                let journal = Journal()
                let testbed = FakeTestbed([.fake("a", .primary, process: old.identity)])
                let limits = Limits(processes: 1)
                let step = FaultStep(
                    kind: kind, selector: Selector(role: "primary"),
                    arguments: Arguments(arguments), duration: .milliseconds(600))
                let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
                let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
                let limit = try ProcessHandle(successor.identity).limit(of: .descriptors)
                let life = Task { await FaultLife(fault, context: context).run() }
                while !journal.entries.contains("faultInjected") {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try old.signal(SIGKILL)
                _ = await old.wait()
                testbed.update("a") { $0.process = successor.identity }
                let record = await life.value
                #expect(record.undo == .clean, "\(record.comparisons)")
                #expect(record.objects == ["node a, \(old.identity)"])
                // A limit was seen for as long as there was somebody to have it.
                if kind != "process.limit" {
                    #expect(record.injection != .confirmed, "\(record.proof)")
                }
                #expect(ProcessTable.state(of: successor.identity.pid) == "S")
                let now = try ProcessHandle(successor.identity).limit(of: .descriptors)
                #expect(now == limit)
            }
        }
    }
}
