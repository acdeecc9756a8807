import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Faults

@Suite("power.loss", .timeLimit(.minutes(1)))
struct PowerLossTests {
    /// A disk that is remembered only.
    private final class FakePower: PowerSwitch {
        private let journal: Journal
        private let kind: String
        private let found: PowerWitnesses
        private let isCut = Mutex(false)

        init(
            _ journal: Journal, kind: String = "ext4",
            found: PowerWitnesses = PowerWitnesses(hasSynced: true, hasUnsynced: false)
        ) {
            (self.journal, self.kind, self.found) = (journal, kind, found)
        }

        func type(at mountPoint: String) throws -> String { kind }
        func writeWitnesses(at mountPoint: String) throws { journal.add("write \(mountPoint)") }
        func cut(at mountPoint: String) throws {
            journal.add("cut \(mountPoint)")
            isCut.withLock { $0 = true }
        }
        func isDead(at mountPoint: String) -> Bool { isCut.withLock { $0 } }
        func takeWitnesses(at mountPoint: String) -> PowerWitnesses {
            journal.add("look \(mountPoint)")
            isCut.withLock { $0 = false }
            return found
        }
    }

    private func step(_ selector: Selector = Selector(role: "primary")) -> FaultStep {
        FaultStep(
            kind: "power.loss", selector: selector,
            arguments: Arguments(["restart_after": .duration(.seconds(2))]))
    }

    /// The life of a loss of power under a child that does nothing.
    private func run(_ power: FakePower, _ journal: Journal) async throws -> FaultRecord {
        var options = ChildProcess.Options(executable: "/bin/sleep")
        options.arguments = ["600"]
        let child = try ChildProcess.spawn(options)
        let testbed = FakeTestbed(
            [.fake("a", .primary, process: child.identity, fileSystem: "/run/drill/a")],
            journal: journal)
        // The testbed notices the end of its process.
        let watch = Task {
            _ = await child.wait()
            testbed.update("a") { $0.process = nil }
        }
        let limits = Limits(processes: 1)
        let fault = try PowerLoss(step: step(), identifier: "f1", limits: limits, power: power)
        let clock = FakeClock()
        var context = FaultContext.fake(journal, testbed: testbed, limits: limits, clock: clock)
        context.sleep = { duration in
            try await clock.sleep(duration)
            if duration >= .seconds(1) { await watch.value }
        }
        let record = await FaultLife(fault, context: context).run()
        _ = await child.terminate(grace: .zero)
        await watch.value
        return record
    }

    @Test("cuts the disk before it kills, and mounts it before it starts the node again")
    func order() async throws {
        let journal = Journal()
        let record = try await run(FakePower(journal), journal)
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(
            journal.entries.filter { $0.contains(" ") && !$0.contains("f1") } == [
                "write /run/drill/a", "cut /run/drill/a", "remount a", "look /run/drill/a",
                "restart a", "look /run/drill/a",
            ])
        #expect(record.proof.contains("kept the synced one and lost the other"))
    }

    @Test(
        "is a mismatch when the disk kept what it should have lost, or lost what it should have kept",
        arguments: [(true, true), (false, false)])
    func mismatch(synced: Bool, unsynced: Bool) async throws {
        let journal = Journal()
        let found = PowerWitnesses(hasSynced: synced, hasUnsynced: unsynced)
        let record = try await run(FakePower(journal, found: found), journal)
        #expect(record.injection == .mismatch, "\(record.proof)")
        #expect(record.undo == .clean)
    }

    @Test("needs a node with a disk of its own", arguments: ["tmpfs", "overlay"])
    func noDisk(kind: String) async throws {
        let journal = Journal()
        let record = try await run(FakePower(journal, kind: kind), journal)
        #expect(record.injection == .unproven)
        #expect(record.proof.contains("storage: { kind: ext4 }"), "\(record.proof)")
        #expect(!journal.entries.contains { $0.hasPrefix("cut") })
    }

    @Test(
        "is refused where nothing of the testbed is meant",
        arguments: [Selector(pidFile: "/x"), Selector(path: "/srv"), Selector(listeningPort: 1)])
    func outside(selector: Selector) {
        #expect(throws: FaultError.self) {
            try PowerLoss(step: step(selector), identifier: "f1", limits: Limits())
        }
        #expect(throws: FaultError.self) {
            try PowerLoss(step: step(), identifier: "f1", limits: Limits(processes: 0))
        }
    }
}
