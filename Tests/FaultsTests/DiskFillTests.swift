import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Faults

/// A file system of a thousand blocks of ten bytes.
final class FakeDisk: FillableDisk {
    private struct State {
        var used: Int64
        var ballast: Int64 = 0
        var isReleased = true
        var leastAvailable = Int64.max
    }

    private final class Ballast: DiskBallast {
        let disk: FakeDisk

        init(disk: FakeDisk) { self.disk = disk }

        func grow(to bytes: Int64) throws -> Int64 {
            disk.state.withLock { state in
                let room = 10_000 - state.used
                state.ballast = min(bytes, room)
                state.isReleased = false
                return state.ballast
            }
        }

        var status: FileStatus? { nil }

        func release() {
            disk.state.withLock { state in
                state.ballast = 0
                state.isReleased = true
            }
        }
    }

    private let state: Mutex<State>
    /// Called at every look at the space, with the number of the look.
    private let looks = Mutex(0)
    private let drift: @Sendable (Int) -> Int64

    init(used: Int64 = 2000, drift: @escaping @Sendable (Int) -> Int64 = { _ in 0 }) {
        state = Mutex(State(used: used))
        self.drift = drift
    }

    var isReleased: Bool { state.withLock(\.isReleased) }
    var leastAvailable: Int64 { state.withLock(\.leastAvailable) }

    /// Another file system is mounted in this one.
    func mountPoint(of path: String) throws -> String {
        path.hasPrefix("/mnt/a/below") ? "/mnt/a/below" : "/mnt/a"
    }

    func space(at path: String) throws -> DiskSpace {
        let look = looks.withLock { number in
            number += 1
            return number
        }
        return state.withLock { state in
            state.used = max(0, state.used + drift(look))
            let free = max(0, 10_000 - state.used - state.ballast)
            state.leastAvailable = min(state.leastAvailable, free)
            return DiskSpace(total: 10_000, available: free, block: 10)
        }
    }

    func makeBallast(in directory: String) throws -> any DiskBallast { Ballast(disk: self) }
}

@Suite("disk.fill")
struct DiskFillTests {
    private func step(
        _ arguments: [String: ArgumentValue] = ["leave": .byteCount(ByteCount(0))],
        selector: Selector = Selector(role: "standby", path: "data"),
        duration: Duration? = .seconds(2)
    ) -> FaultStep {
        FaultStep(
            kind: "disk.fill", selector: selector, arguments: Arguments(arguments),
            duration: duration)
    }

    private func run(
        _ step: FaultStep, _ disk: FakeDisk, _ journal: Journal = Journal(),
        limits: Limits = Limits(disk: ByteCount(10_000)), fileSystem: String? = "/mnt/a"
    ) async throws -> FaultRecord {
        let clock = FakeClock()
        let testbed = FakeTestbed([
            .fake("a", .primary), .fake("b", .standby, fileSystem: fileSystem),
        ])
        let fault = try DiskFill(step: step, identifier: "f1", limits: limits, disk: disk)
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits, clock: clock)
        return await FaultLife(fault, context: context).run()
    }

    @Test(
        "fills to what was asked and gives it all back",
        arguments: [
            (["leave": .byteCount(ByteCount(0))], 0), (["leave": .byteCount(ByteCount(500))], 500),
            (["percent": .ratio(Ratio(0.9))], 0.9), (["size": .byteCount(ByteCount(3000))], 3000),
        ] as [([String: ArgumentValue], Double)])
    func fill(arguments: [String: ArgumentValue], achieved: Double) async throws {
        let disk = FakeDisk()
        let journal = Journal()
        let record = try await run(step(arguments), disk, journal)
        #expect(record.injection == .confirmed, "\(record.proof)")
        let available = disk.leastAvailable
        #expect(record.proof.contains("saw \(available) bytes available"), "\(record.proof)")
        #expect(record.achieved.first?.during?.value == achieved)
        #expect(record.achieved.first?.samples ?? 0 >= 20)
        #expect(record.undo == .clean)
        #expect(disk.isReleased)
        #expect(record.objects.first?.contains("/mnt/a, node b") == true)
    }

    @Test("takes again what the target frees")
    func refill() async throws {
        // At the tenth look the target deletes 1000 bytes.
        let disk = FakeDisk { $0 == 10 ? -1000 : 0 }
        let record = try await run(step(), disk)
        #expect(record.injection == .confirmed)
        #expect(record.achieved.first?.during?.value == 0)
        #expect(record.proof.contains("0 to 1000 bytes"), "\(record.proof)")
    }

    @Test("is a mismatch when the limits bound the ballast too early")
    func bounded() async throws {
        let disk = FakeDisk()
        let record = try await run(
            step(["leave": .byteCount(ByteCount(0))]), disk,
            limits: Limits(disk: ByteCount(4000)))
        #expect(record.proof.contains("limits.disk"))
        #expect(record.injection != .confirmed)
        #expect(disk.isReleased)
        #expect(record.undo == .clean)
    }

    @Test("takes no more of what the target frees than the drill's other faults leave of the limit")
    func others() async throws {
        let disk = FakeDisk { $0 == 10 ? -2000 : 0 }
        let clock = FakeClock()
        let limits = Limits(disk: ByteCount(12_000))
        let testbed = FakeTestbed([.fake("b", .standby, fileSystem: "/mnt/a")])
        let fault = try DiskFill(step: step(), identifier: "f1", limits: limits, disk: disk)
        let context = FaultContext.fake(
            Journal(), testbed: testbed, limits: limits, clock: clock)
        let other = AimedObject.fileSystem(
            mountPoint: "/mnt/b", bytes: ByteCount(3500), node: "a")
        try context.limitsUsed.reserve([other], fault: "f2", limits: limits)
        let record = await FaultLife(fault, context: context).run()
        #expect(record.achieved.first?.during?.value == 1500, "\(record.proof)")
    }

    @Test(
        "is a mismatch when the disk was full in a few of many samples only, and says in how many")
    func few() async throws {
        // The limits leave no room for what the target frees at the tenth look.
        let disk = FakeDisk { $0 == 10 ? -1000 : 0 }
        let record = try await run(step(), disk, limits: Limits(disk: ByteCount(8000)))
        #expect(record.injection == .mismatch)
        #expect(record.achieved.first?.confirmed == false)
        let samples = record.achieved.first?.samples ?? 0
        #expect(record.proof.contains("of \(samples) samples"), "\(record.proof)")
    }

    @Test("proves nothing of a disk that was as full before")
    func before() async throws {
        let record = try await run(step(["percent": .ratio(Ratio(0.2))]), FakeDisk(used: 5000))
        #expect(record.injection == .unproven)
        #expect(record.proof.contains("it was so before"), "\(record.proof)")
        #expect(record.undo == .clean)
    }

    @Test(
        "is confirmed by nearly all samples",
        arguments: [
            (0, 0, false), (1, 1, true), (1, 2, true), (1, 3, false), (9, 10, true),
            (8, 10, false), (36, 40, true), (35, 40, false), (1, 161, false),
        ])
    func share(met: Int, samples: Int, isNearlyAll: Bool) {
        #expect(SampleShare(met: met, samples: samples).isNearlyAll == isNearlyAll)
    }

    @Test("says what is missing when the node shares the host's file system")
    func shared() async throws {
        let record = try await run(step(), FakeDisk(), fileSystem: nil)
        #expect(record.proof.contains("limits.paths"))
        #expect(record.undo == .clean)
    }

    @Test("refuses a file system outside that the limits do not name")
    func outside() async throws {
        let outside = step(selector: Selector(path: "/srv/data"))
        let refused = try await run(outside, FakeDisk(), fileSystem: nil)
        #expect(refused.proof.contains("limits.paths"))
        let below = Limits(disk: ByteCount(10_000), paths: ["/mnt/a/below/x"])
        let other = try await run(outside, FakeDisk(), limits: below, fileSystem: nil)
        #expect(other.proof.contains("limits.paths"))
        let limits = Limits(disk: ByteCount(10_000), paths: ["/mnt/a/x"])
        let allowed = try await run(outside, FakeDisk(), limits: limits, fileSystem: nil)
        #expect(allowed.injection == .confirmed, "\(allowed.proof)")
    }

    @Test(
        "refuses parameters that do not say one thing",
        arguments: [
            ([:], .seconds(1)),
            (["leave": .byteCount(ByteCount(0)), "size": .byteCount(ByteCount(1))], .seconds(1)),
            (["leave": .byteCount(ByteCount(0))], nil),
            (["size": .byteCount(ByteCount(0))], .seconds(1)),
            (["percent": .ratio(Ratio(0))], .seconds(1)),
        ] as [([String: ArgumentValue], Duration?)])
    func refused(arguments: [String: ArgumentValue], duration: Duration?) {
        #expect(throws: FaultError.self) {
            try DiskFill(
                step: step(arguments, duration: duration), identifier: "f1",
                limits: Limits(disk: ByteCount(1)))
        }
    }

    @Test("needs a limit for the disk")
    func noLimit() {
        let error = #expect(throws: FaultError.self) {
            try DiskFill(step: step(), identifier: "f1", limits: Limits())
        }
        #expect(error?.remedy.contains("limits: { disk") == true)
    }
}
