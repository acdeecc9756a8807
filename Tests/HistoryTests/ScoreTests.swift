import History
import Records
import Testing

@Suite("The resilience score")
struct ScoreTests {
    private static let day: Int64 = 86_400_000_000_000

    private func drill(
        _ age: Int64, _ checks: [(String, CheckResult.Status)], _ outcome: Outcome = .passed
    ) -> ResilienceScore.Drill {
        ResilienceScore.Drill(
            identifier: "d\(age)", outcome: outcome, startedAt: -age * Self.day,
            checks: checks.map { DrillCheck(name: $0, status: $1, sentence: "") })
    }

    private let held: [(String, CheckResult.Status)] = [("no_loss", .held), ("latency", .held)]

    @Test("Drills whose checks all held are worth everything")
    func all() throws {
        let score = try #require(ResilienceScore([drill(1, held), drill(2, held)], now: 0))
        #expect(score.value == 100)
        #expect(score.parts.map(\.weight) == [3, 2])
    }

    @Test(
        "A check counts by its weight, an inconclusive one half",
        arguments: [
            ([("no_loss", .broken), ("latency", .held)], 100.0 / 6),
            ([("no_loss", .held), ("latency", .broken)], 500.0 / 6),
            ([("failover", .inconclusive), ("recovery", .held)], 500.0 / 7),
            ([("no_crash", .broken), ("recovery", .broken)], 0),
        ] as [([(String, CheckResult.Status)], Double)])
    func weights(checks: [(String, CheckResult.Status)], value: Double) throws {
        let score = try #require(ResilienceScore([drill(1, checks, .failed)], now: 0))
        #expect(abs(score.value - value) < 1e-9)
    }

    @Test("The newest counts three times as much as the third")
    func recency() throws {
        let broken: [(String, CheckResult.Status)] = [("no_loss", .broken)]
        let good: [(String, CheckResult.Status)] = [("no_loss", .held)]
        let worse = try #require(
            ResilienceScore([drill(1, broken), drill(2, good), drill(3, good)], now: 0))
        let better = try #require(
            ResilienceScore(
                [drill(3, broken), drill(1, good), drill(2, good), drill(9, broken)], now: 0))
        #expect(abs(worse.value - 50) < 1e-9)
        #expect(abs(better.value - 500.0 / 6) < 1e-9)
    }

    @Test(
        "It decays when nobody drills",
        arguments: [(0, 100.0), (30, 100), (45, 75), (60, 50), (90, 25), (100_000, 0)])
    func decay(age: Int64, value: Double) throws {
        let score = try #require(ResilienceScore([drill(age, held)], now: 0))
        #expect(abs(score.value - value) < 1e-6)
    }

    @Test("A residue is worth nothing, and what could not be judged says nothing")
    func outcomes() throws {
        #expect(ResilienceScore([drill(1, held, .residual)], now: 0)?.value == 0)
        #expect(ResilienceScore([drill(1, held, .aborted)], now: 0) == nil)
        #expect(ResilienceScore([drill(1, held, .preconditionUnmet)], now: 0) == nil)
        #expect(ResilienceScore([], now: 0) == nil)
    }
}
