import Kernel
import Playbooks
import Records
import Synchronization
import Testing

@testable import Faults

@Suite("disk.slow", .timeLimit(.minutes(1)))
struct DiskSlowTests {
    /// A disk whose speed is a number.
    private final class FakeDisk: SlowDisk {
        let node = "a"
        let path = "/nowhere"
        private let clock: FakeClock
        private let journal: Journal
        private let usual: Duration
        private let slowed: Duration
        private let isKept: Bool
        private let isStuck: Bool
        private let state = Mutex<ThrottleGroup.Limit?>(nil)

        init(
            _ clock: FakeClock, _ journal: Journal, usual: Duration = .milliseconds(100),
            slowed: Duration = .milliseconds(1200), isKept: Bool = false, isStuck: Bool = false
        ) {
            (self.clock, self.journal, self.usual) = (clock, journal, usual)
            (self.slowed, self.isKept, self.isStuck) = (slowed, isKept, isStuck)
        }

        func prepare() { journal.add("prepare") }
        func slow(_ limit: ThrottleGroup.Limit) { state.withLock { $0 = limit } }
        func limit() -> ThrottleGroup.Limit? { state.withLock { $0 } }
        func lift() { journal.add("lift") }
        func release() -> Bool {
            journal.add("release")
            if !isKept { state.withLock { $0 = nil } }
            return !isKept
        }
        func comparisons() -> [Comparison] {
            let isGone = limit() == nil
            return [
                Comparison(
                    what: "group", before: "absent", after: isGone ? "absent" : "there",
                    isSame: isGone)
            ]
        }
        func trial(_ size: TrialSize, within bound: Duration) async throws -> Duration {
            if isStuck, limit() != nil {
                journal.add("stuck")
                // Like a write that the kernel holds back: no cancellation ends it.
                for _ in 0..<10_000 where !journal.entries.contains("lift") {
                    try? await Task.detached { try await Task.sleep(for: .milliseconds(1)) }.value
                }
                throw CancellationError()
            }
            let time = limit() == nil ? usual : slowed
            try await clock.sleep(time)
            return time
        }
    }

    private static let limit = ThrottleGroup.Limit(bytes: 256 << 10, operations: nil)

    private func run(
        _ journal: Journal, _ make: (FakeClock) -> FakeDisk
    ) async -> FaultRecord {
        let clock = FakeClock()
        let context = FaultContext.fake(journal, clock: clock)
        let injector = DiskSlowInjector(
            identifier: "f1", limit: Self.limit, duration: .seconds(2),
            aim: FaultAim(backend: "fake", backendNote: "", objects: [], requested: []),
            disks: [make(clock)], context: context)
        return await FaultLife(PreparedFault(injector), context: context).run()
    }

    @Test("is confirmed by a trial that takes its time, and released")
    func confirmed() async {
        let journal = Journal()
        let record = await run(journal) { FakeDisk($0, journal) }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(journal.entries.contains("release"))
        let trial = record.achieved.first
        #expect(trial?.before?.value == 1e8 && trial?.during?.value == 1.2e9)
        #expect(trial?.after?.value == 1e8)
    }

    @Test("is a mismatch where a trial is too fast, and unproven on a disk that was as slow before")
    func mismatch() async {
        let journal = Journal()
        let fast = await run(journal) { FakeDisk($0, journal, slowed: .milliseconds(120)) }
        #expect(fast.injection == .mismatch, "\(fast.proof)")
        let slow = await run(journal) { FakeDisk($0, journal, usual: .seconds(1)) }
        #expect(slow.injection == .unproven, "\(slow.proof)")
    }

    @Test("is residual while its group is still there")
    func residual() async {
        let journal = Journal()
        let record = await run(journal) { FakeDisk($0, journal, isKept: true) }
        #expect(record.undo == .residual)
        #expect(!journal.entries.contains("close f1"))
    }

    @Test("an early end lets everything through before the trial ends that waits for the disk")
    func early() async {
        let journal = Journal()
        let drill = Task { await run(journal) { FakeDisk($0, journal, isStuck: true) } }
        while !journal.entries.contains("stuck") {
            try? await Task.sleep(for: .milliseconds(1))
        }
        #expect(!journal.entries.contains("lift"))
        drill.cancel()
        let record = await drill.value
        let order = journal.entries.filter { ["stuck", "lift", "release"].contains($0) }
        #expect(Array(order.prefix(2)) == ["stuck", "lift"] && order.contains("release"))
        #expect(record.undo == .clean)
        #expect(record.injection == .unproven, "\(record.proof)")
    }

    @Test(
        "a trial writes what takes the limit about a second",
        arguments: [
            (256 << 10, nil, 32768, 8), (8192, nil, 4096, 2), (16 << 20, nil, 1 << 20, 16),
            (nil, 20, 4096, 20), (8192, 500, 4096, 2), (1 << 20, 10, 4096, 10),
        ] as [(Int64?, Int64?, Int64, Int64)])
    func trial(bytes: Int64?, operations: Int64?, block: Int64, count: Int64) {
        let limit = ThrottleGroup.Limit(bytes: bytes, operations: operations)
        let size = TrialSize(limit)
        #expect(size.bytes == block)
        #expect(size.count == count)
        #expect(size.shortest(under: limit) <= .milliseconds(850))
        #expect(size.shortest(under: limit) > .zero)
    }

    @Test(
        "is refused without a limit, with one that no trial shows, and without a process to slow down",
        arguments: [
            ([:], 1, "no limit"), (["bytes_per_second": 1 << 30], 1, "slow disk"),
            (["bytes_per_second": 100], 1, "slow disk"),
            (["bytes_per_second": 1 << 20], 0, "no process"),
        ] as [([String: Int64], Int, String)])
    func refused(bytes: [String: Int64], processes: Int, reason: String) {
        let step = FaultStep(
            kind: "disk.slow", selector: Selector(role: "primary"),
            arguments: Arguments(bytes.mapValues { .byteCount(ByteCount($0)) }),
            duration: .seconds(1))
        let error = #expect(throws: FaultError.self) {
            try DiskSlow(step: step, identifier: "f1", limits: Limits(processes: processes))
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}
