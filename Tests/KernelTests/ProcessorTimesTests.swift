import Glibc
import Testing

@testable import Kernel

@Suite("The time of processors")
struct ProcessorTimesTests {
    @Test("Guests' time is not counted twice, and waiting for a disk is idle")
    func line() throws {
        let times = try #require(ProcessorTimes.times(in: "cpu  10 20 30 400 50 6 7 8 9 9"))
        #expect(times.total == 531 && times.idle == 450)
        #expect(ProcessorTimes.times(in: "cpu0 1 2 3 4") == nil)
    }

    @Test(
        "What is neither idle nor the family's is others'",
        arguments: [(100, 50, 0.5, 0.0), (100, 10, 0.5, 0.4), (0, 100, 0.0, 0.0), (0, 0, 0.0, 1.0)])
    func shares(idle: UInt64, family: UInt64, idleShare: Double, others: Double) throws {
        let before = ProcessorTimes(total: 1000, idle: 300, family: 70)
        let total: UInt64 = idle == 100 ? 200 : 100
        let now = ProcessorTimes(
            total: 1000 + total, idle: 300 + idle,
            family: 70 + (family == 50 ? 100 : family == 10 ? 20 : family))
        let shares = try #require(now.shares(since: before))
        #expect(abs(shares.idle - idleShare) < 1e-9 && abs(shares.others - others) < 1e-9)
        #expect(before.shares(since: before) == nil)
    }

    @Test("This process's time and its ended children's are the family's")
    func live() async throws {
        let before = try #require(ProcessorTimes(ofFamily: getpid()))
        let child = try ChildProcess.spawn(
            .init(
                executable: "/bin/sh",
                arguments: ["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"]))
        #expect(await child.wait() == .exited(0))
        let after = try #require(ProcessorTimes(ofFamily: getpid()))
        // A tick is 10 ms, and the loop takes many.
        #expect(after.family > before.family && after.total > before.total)
    }
}
