import Testing

@testable import Checks

@Suite("Statistics")
struct StatisticsTests {
    @Test("SplitMix64 gives the published numbers for seed 1234567")
    func splitMix() {
        var generator = SplitMix64(seed: 1_234_567)
        let numbers = (0..<3).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
        #expect((0..<1000).allSatisfy { _ in (0..<7).contains(generator.index(below: 7)) })
        #expect((0..<1000).allSatisfy { _ in (0..<1).contains(generator.fraction()) })
    }

    @Test(
        "a quantile is the nearest rank",
        arguments: [(0.0, 1.0), (0.5, 5), (0.51, 6), (0.9, 9), (0.99, 10), (1, 10)])
    func quantile(q: Double, value: Double) {
        #expect(Quantile.nearestRank(q, of: (1...10).map(Double.init)) == value)
        #expect(Quantile.nearestRank(q, of: []) == nil)
    }

    @Test("the median and its deviation are those of the textbook")
    func median() {
        #expect(Quantile.median([3, 1, 2]) == 2)
        #expect(Quantile.median([4, 1, 2, 3]) == 2.5)
        #expect(Quantile.median([]) == nil)
        #expect(Quantile.medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]) == 1)
        #expect(Quantile.medianAbsoluteDeviation([]) == nil)
    }

    @Test("a quantile's interval needs enough values on its far side")
    func interval() {
        let few = Quantile.interval(0.99, of: (1...100).map(Double.init))
        #expect(few.lower == 97)
        #expect(few.upper == nil)
        let many = Quantile.interval(0.5, of: (1...100).map(Double.init))
        #expect(many.lower == 40)
        #expect(many.upper == 61)
        #expect(Quantile.interval(0.5, of: []) == (nil, nil))
    }

    @Test(
        "Wilson's interval has the known bounds",
        arguments: [
            (0, 100, 0.0, 0.0370), (1, 10, 0.0179, 0.4042), (50, 100, 0.4038, 0.5962),
            (100, 100, 0.9630, 1), (0, 0, 0, 1),
        ])
    func wilson(successes: Int, trials: Int, lower: Double, upper: Double) {
        let interval = WilsonInterval(successes: successes, trials: trials)
        #expect(abs(interval.lower - lower) < 1e-4)
        #expect(abs(interval.upper - upper) < 1e-4)
    }

    @Test("a bootstrap covers the true difference and repeats itself")
    func bootstrap() throws {
        func bound() -> Double? {
            var generator = SplitMix64(seed: 7)
            let left = (0..<40).map { _ in 10 + generator.fraction() }
            let right = (0..<40).map { _ in 7 + generator.fraction() }
            let first = MedianBootstrap(left, resamples: 300, generator: &generator)
            let second = MedianBootstrap(right, resamples: 300, generator: &generator)
            return first.upperBound(ofDifferenceTo: second)
        }
        let difference = try #require(bound())
        #expect(difference > 3 && difference < 3.4)
        #expect(bound() == difference)
        var generator = SplitMix64(seed: 7)
        #expect(MedianBootstrap([], resamples: 9, generator: &generator).medians.isEmpty)
    }

    @Test("a bootstrap of equal values knows no doubt")
    func bootstrapOfConstants() {
        var generator = SplitMix64(seed: 7)
        let five = MedianBootstrap([5, 5, 5], resamples: 50, generator: &generator)
        let two = MedianBootstrap([2], resamples: 50, generator: &generator)
        #expect(five.upperBound(ofDifferenceTo: two) == 3)
    }

    @Test(
        "the Kolmogorov-Smirnov probability matches the tables",
        arguments: [
            // Critical distances of Massey, "The Kolmogorov-Smirnov Test", JASA 1951.
            (20, 0.294, 0.05), (35, 0.27, 0.01), (20, 0.264, 0.10), (100, 0.136, 0.05),
        ])
    func kolmogorov(count: Int, distance: Double, probability: Double) {
        let result = KolmogorovSmirnov.probability(ofDistance: distance, count: count)
        #expect(abs(result - probability) < probability * 0.2)
    }

    @Test("the Kolmogorov-Smirnov distance forgives errors of the measured size only")
    func tolerance() {
        let even = (0..<100).map { (Double($0) + 0.5) / 100 }
        #expect(abs(KolmogorovSmirnov.distance(even) - 0.005) < 1e-9)
        let late = even.map { $0 + 0.1 }
        #expect(KolmogorovSmirnov.distance(late) > 0.09)
        #expect(KolmogorovSmirnov.distance(lowest: even, highest: late) < 0.02)
        #expect(KolmogorovSmirnov.distance(lowest: late, highest: late.map { $0 + 0.1 }) > 0.09)
        let constant = [Double](repeating: 1, count: 20)
        #expect(
            KolmogorovSmirnov.distance(lowest: constant.map { $0 - 0.2 }, highest: constant) > 0.75)
        #expect(KolmogorovSmirnov.distance([]) == 0)
        #expect(KolmogorovSmirnov.probability(ofDistance: 1, count: 100) < 1e-9)
        #expect(KolmogorovSmirnov.probability(ofDistance: 0, count: 100) == 1)
    }

    @Test("the coefficient of variation is the deviation over the mean")
    func variation() throws {
        let value = try #require(Dispersion.coefficientOfVariation([2, 4, 4, 4, 5, 5, 7, 9]))
        #expect(abs(value - 2.13809 / 5) < 1e-5)
        #expect(Dispersion.coefficientOfVariation([3, 3, 3]) == 0)
        #expect(Dispersion.coefficientOfVariation([3]) == nil)
        #expect(Dispersion.coefficientOfVariation([0, 0]) == nil)
    }
}
