import Playbooks
import Records
import Testing

@testable import Faults

@Suite("Intervals of what was sampled")
struct SampleIntervalTests {
    private func times(_ count: Int) -> [Duration] { (1...count).map { .milliseconds($0) } }

    @Test(
        "of a median lie between the ranks that tables of the sign test give",
        arguments: [(6, 1, 6), (8, 1, 8), (9, 2, 8), (20, 6, 15), (50, 18, 33), (100, 40, 61)])
    func median(count: Int, lower: Int, upper: Int) {
        #expect(
            SampleIntervals.median(times(count).reversed())
                == Duration.milliseconds(lower)...Duration.milliseconds(upper))
    }

    @Test("of a median are not to be had from five samples or none", arguments: [0, 5])
    func tooFew(count: Int) {
        #expect(SampleIntervals.median(Array(times(10).prefix(count))) == nil)
    }

    @Test("of a median hold the true one nineteen times of twenty")
    func coverage() {
        var generator = SeededGenerator(seed: 5, stream: "coverage")
        let held = (0..<2000).count { _ in
            let samples = (0..<40).map { _ in
                Duration.microseconds(Int64.random(in: 0..<1_000_000, using: &generator))
            }
            return SampleIntervals.median(samples)?.contains(.milliseconds(500)) == true
        }
        // 95 % at least, and no more than the next pair of ranks would hold.
        #expect((1880...1985).contains(held), "\(held)")
    }

    @Test("of a mean are 1.96 standard errors wide to each side")
    func mean() throws {
        let samples = Array(
            repeating: [Duration.milliseconds(9), .milliseconds(11)], count: 50
        ).flatMap { $0 }
        let interval = try #require(SampleIntervals.mean(samples))
        #expect(abs(interval.lowerBound.seconds - 0.009803) < 1e-6)
        #expect(abs(interval.upperBound.seconds - 0.010197) < 1e-6)
        #expect(SampleIntervals.mean(Array(samples.prefix(19))) == nil)
    }

    @Test("of a rate are as wide as its spans are off it")
    func ratio() throws {
        var steady = RatioSums()
        var uneven = RatioSums()
        for index in 0..<100 {
            steady.add(1000, per: 0.01)
            uneven.add(index.isMultiple(of: 2) ? 900 : 1100, per: 0.01)
        }
        let exact = try #require(SampleIntervals.ratio(steady))
        #expect(abs(exact.lowerBound - 100_000) < 1 && abs(exact.upperBound - 100_000) < 1)
        let wide = try #require(SampleIntervals.ratio(uneven))
        // 100 of deviation over ten, and each span is a hundredth of a second.
        #expect(abs(wide.upperBound - 101_970) < 20, "\(wide)")
    }

    @Test("hold a delay by netem to 2 %, as far as its trips can tell")
    func exactness() {
        let judgement = { (isExact: Bool, added: Int, spread: Int) in
            let before = (0..<40).map { Duration.microseconds(900 + 5 * $0) }
            let during = (0..<40).map {
                Duration.microseconds(900 + 5 * $0 + spread * ($0 - 20)) + .milliseconds(added)
            }
            return DelayJudgement(
                delay: .milliseconds(200), jitter: .zero, neededSamples: 20, isExact: isExact
            ).proof(links: ["l"], before: [before], during: [during], after: nil).injection
        }
        #expect(judgement(true, 203, 0) == .confirmed)
        #expect(judgement(true, 171, 0) == .mismatch)
        #expect(judgement(false, 171, 0) == .confirmed)
        // Trips that are all over the place do not tell that it was not 2 %.
        #expect(judgement(true, 210, 2000) == .confirmed)
    }
}
