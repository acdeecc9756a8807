import Testing

@testable import ReferenceQueue

@Suite("Redelivery backs off")
struct RetryPolicyTests {
    @Test(
        "Without jitter the gap doubles up to the cap",
        arguments: zip(1...8, [2000, 4000, 8000, 16_000, 32_000, 32_000, 32_000, 32_000]))
    func growth(failure: Int, gap: Int) {
        var generator = SeededGenerator(seed: 1)
        let policy = RetryPolicy(jitter: .none)
        #expect(policy.gap(afterFailure: Int64(failure), using: &generator) == gap)
    }

    @Test("Jitter stays within its bounds and fills them", arguments: RetryPolicy.Jitter.allCases)
    func bounds(jitter: RetryPolicy.Jitter) {
        var generator = SeededGenerator(seed: 7)
        let policy = RetryPolicy(jitter: jitter)
        let gaps = (0..<2000).map { _ in policy.gap(afterFailure: 3, using: &generator) }
        let lowest: Int64 =
            switch jitter {
            case .full: 0
            case .equal: 4000
            case .none: 8000
            }
        #expect(gaps.allSatisfy { (lowest...8000).contains($0) })
        #expect((gaps.min() ?? 0) <= lowest + 100)
        #expect((gaps.max() ?? 0) >= 7900)
    }

    @Test("The same seed gives the same gaps")
    func seed() {
        var first = SeededGenerator(seed: 3)
        var second = SeededGenerator(seed: 3)
        let policy = RetryPolicy()
        for failure in Int64(1)...20 {
            #expect(
                policy.gap(afterFailure: failure, using: &first)
                    == policy.gap(afterFailure: failure, using: &second))
        }
    }

    @Test("The weakness constant-retry leaves the first gap alone")
    func constant() {
        var configuration = NodeConfiguration(name: "a", dataDirectory: "/nowhere")
        configuration.weaknesses = [.constantRetry]
        var generator = SeededGenerator(seed: 3)
        for failure in Int64(1)...5 {
            let gap = configuration.effectiveRetryPolicy.gap(
                afterFailure: failure, using: &generator)
            #expect(gap == 2000)
        }
    }
}
