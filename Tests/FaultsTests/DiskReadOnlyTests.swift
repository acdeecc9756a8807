import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import TestSupport
import Testing

@testable import Faults

@Suite("disk.read_only", .timeLimit(.minutes(1)))
struct DiskReadOnlyTests {
    /// A disk that is remembered only, and takes writes again once it was mounted anew.
    private final class FakeDisk: ReadOnlySwitch {
        private let journal: Journal
        private let kind: String
        private let isStubborn: Bool
        private let isMade = Mutex(false)

        init(_ journal: Journal, kind: String = "ext4", isStubborn: Bool = false) {
            (self.journal, self.kind, self.isStubborn) = (journal, kind, isStubborn)
        }

        func type(at mountPoint: String) throws -> String { kind }
        func makeReadOnly(at mountPoint: String) throws {
            journal.add("read-only \(mountPoint)")
            isMade.withLock { $0 = !isStubborn }
        }
        func isReadOnly(at mountPoint: String) -> Bool {
            isMade.withLock { $0 } && !journal.entries.contains { $0.hasPrefix("remount") }
        }
    }

    private func step(_ selector: Selector = Selector(role: "primary")) -> FaultStep {
        FaultStep(kind: "disk.read_only", selector: selector, duration: .milliseconds(250))
    }

    private func run(_ disk: FakeDisk, _ journal: Journal) async throws -> FaultRecord {
        let child = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        let testbed = FakeTestbed(
            [.fake("a", .primary, process: child.identity, fileSystem: "/run/drill/a")],
            journal: journal)
        let watch = Task {
            _ = await child.wait()
            testbed.update("a") { $0.process = nil }
        }
        let limits = Limits(processes: 1)
        let fault = try DiskReadOnly(step: step(), identifier: "f1", limits: limits, disk: disk)
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
        let record = await FaultLife(fault, context: context).run()
        _ = await child.terminate(grace: .zero)
        await watch.value
        return record
    }

    @Test("mounts the disk anew before it starts the node again")
    func order() async throws {
        let journal = Journal()
        let record = try await run(FakeDisk(journal), journal)
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(
            journal.entries.filter { $0.contains(" ") && !$0.contains("f1") } == [
                "read-only /run/drill/a", "remount a", "restart a",
            ])
    }

    @Test("is a mismatch on a disk that goes on taking writes, and the node runs again")
    func stubborn() async throws {
        let journal = Journal()
        let record = try await run(FakeDisk(journal, isStubborn: true), journal)
        #expect(record.injection == .mismatch, "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(journal.entries.contains("restart a"))
    }

    @Test("needs an ext4 of the node's own, a length, and the right to end a process")
    func refused() async throws {
        let journal = Journal()
        let record = try await run(FakeDisk(journal, kind: "tmpfs"), journal)
        #expect(record.injection == .unproven)
        #expect(record.proof.contains("storage: { kind: ext4 }"), "\(record.proof)")
        #expect(!journal.entries.contains { $0.hasPrefix("read-only") })
        let endless = FaultStep(kind: "disk.read_only", selector: Selector(role: "primary"))
        #expect(throws: FaultError.self) {
            try DiskReadOnly(step: endless, identifier: "f1", limits: Limits())
        }
        #expect(throws: FaultError.self) {
            try DiskReadOnly(step: step(), identifier: "f1", limits: Limits(processes: 0))
        }
        #expect(throws: FaultError.self) {
            try DiskReadOnly(
                step: step(Selector(path: "/srv")), identifier: "f1", limits: Limits())
        }
    }
}
