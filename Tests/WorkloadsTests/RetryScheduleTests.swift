import Playbooks
import Records
import Testing
import Workloads

@Suite("The retry schedule")
struct RetryScheduleTests {
    private func gaps(
        _ jitter: RetryPolicy.Jitter, message: Int = 0, seed: UInt64 = 42, count: Int = 6
    ) throws -> [Duration] {
        let policy = RetryPolicy(
            first: .milliseconds(100), factor: 2, cap: .seconds(1), jitter: jitter, attempts: 8)
        let schedule = RetrySchedule(
            policy: policy, seed: seed, message: .init(producer: 0, sequence: message))
        return try (0..<count).map { try #require(schedule.gap(beforeRetry: $0)) }
    }

    private let envelopes: [Duration] = [100, 200, 400, 800, 1_000, 1_000].map(
        Duration.milliseconds)

    @Test("Without jitter each gap is the envelope: doubling up to the cap")
    func none() throws {
        #expect(try gaps(.none) == envelopes)
    }

    @Test("Full jitter spreads each gap evenly over zero to the envelope")
    func full() throws {
        try expectSpread(.full) { .zero..<$0 }
    }

    @Test("Equal jitter spreads each gap evenly over the upper half of the envelope")
    func equal() throws {
        try expectSpread(.equal) { $0 / 2..<$0 }
    }

    private func expectSpread(
        _ jitter: RetryPolicy.Jitter, within range: (Duration) -> Range<Duration>
    ) throws {
        let all = try (0..<2_000).map { try gaps(jitter, message: $0) }
        for (k, envelope) in envelopes.enumerated() {
            let bounds = range(envelope)
            let width = bounds.upperBound - bounds.lowerBound
            var quarters = [Int](repeating: 0, count: 4)
            for gap in all.map({ $0[k] }) {
                #expect(bounds.contains(gap))
                quarters[min(3, Int((gap - bounds.lowerBound) / width * 4))] += 1
            }
            #expect(quarters.allSatisfy { (400...600).contains($0) })
        }
    }

    @Test("The same seed and message give the same gaps; others give others")
    func seeds() throws {
        #expect(try gaps(.full) == gaps(.full))
        #expect(try gaps(.full) != gaps(.full, message: 1))
        #expect(try gaps(.full) != gaps(.full, seed: 43))
    }

    @Test("A Retry-After lengthens a gap, never shortens one, and too long a one ends the retries")
    func retryAfter() {
        let schedule = RetrySchedule(
            policy: RetryPolicy(first: .milliseconds(100), jitter: .none), seed: 1,
            message: .init(producer: 0, sequence: 0))
        #expect(schedule.gap(beforeRetry: 0, retryAfter: .seconds(2)) == .seconds(2))
        #expect(schedule.gap(beforeRetry: 0, retryAfter: .milliseconds(1)) == .milliseconds(100))
        #expect(schedule.gap(beforeRetry: 0, retryAfter: .seconds(3_600)) == nil)
    }

    @Test("A budget allows the share of first attempts, no more, and keeps ten seconds' worth")
    func budget() {
        var budget = RetryBudget(share: .percent(20), rate: Rate(perSecond: 10))
        let isEarly = budget.withdraw()
        #expect(!isEarly)
        var granted = 0
        for _ in 0..<100 {
            budget.deposit()
            if budget.withdraw() { granted += 1 }
        }
        #expect(granted == 20)
        for _ in 0..<100_000 { budget.deposit() }
        granted = 0
        while budget.withdraw() { granted += 1 }
        #expect(granted == 20)
    }
}
