import Glibc
import Playbooks
import Records

/// The intervals that hold what was measured by samples with 95 % certainty; pure.
enum SampleIntervals {
    static let level = 0.95
    /// The deviations of a normal law that 95 % lie within.
    private static let deviations = 1.96

    /// Of the median, whatever the law of the samples (order statistics).
    ///
    /// From the k-th smallest to the k-th largest, with the largest k for which fewer than k of n
    /// coin tosses come up heads at most 2.5 % of the time; nil for fewer than six samples.
    static func median(_ samples: [Duration]) -> ClosedRange<Duration>? {
        let count = samples.count
        var rank = 0
        var cumulative = 0.0
        // The binomial law in logarithms, for its coefficients grow beyond any number.
        var logarithm = -Double(count) * log(2.0)
        while rank < count / 2 {
            cumulative += exp(logarithm)
            guard cumulative <= (1 - level) / 2 else { break }
            logarithm += log(Double(count - rank) / Double(rank + 1))
            rank += 1
        }
        guard rank > 0 else { return nil }
        let sorted = samples.sorted()
        return sorted[rank - 1]...sorted[count - rank]
    }

    /// Of the mean, by the deviation of the samples; nil for fewer than twenty.
    static func mean(_ samples: [Duration]) -> ClosedRange<Duration>? {
        guard samples.count >= 20 else { return nil }
        let seconds = samples.map(\.seconds)
        let mean = seconds.reduce(0, +) / Double(seconds.count)
        let square = seconds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (square / Double(seconds.count - 1) / Double(seconds.count)).squareRoot()
        let slack = deviations * error
        return Duration.seconds(mean - slack)...Duration.seconds(mean + slack)
    }

    /// Of a ratio of two sums, such as bytes to seconds, by what each pair is off it; nil for fewer
    /// than twenty pairs.
    ///
    /// - Parameter squares: the sums of the products that ``RatioSums`` keeps.
    static func ratio(_ sums: RatioSums) -> ClosedRange<Double>? {
        guard sums.count >= 20, sums.below > 0 else { return nil }
        let ratio = sums.above / sums.below
        let square =
            sums.aboveSquared - 2 * ratio * sums.product + ratio * ratio * sums.belowSquared
        let count = Double(sums.count)
        let error = (max(0, square) * count / (count - 1)).squareRoot() / sums.below
        return ratio - deviations * error...ratio + deviations * error
    }
}

/// What the interval of a ratio of sums needs of its pairs; pure.
struct RatioSums: Sendable, Equatable {
    private(set) var count = 0
    private(set) var above = 0.0
    private(set) var below = 0.0
    private(set) var aboveSquared = 0.0
    private(set) var belowSquared = 0.0
    private(set) var product = 0.0

    mutating func add(_ above: Double, per below: Double) {
        count += 1
        self.above += above
        self.below += below
        aboveSquared += above * above
        belowSquared += below * below
        product += above * below
    }
}

extension Figure.Interval {
    /// Of times, in nanoseconds.
    init(_ times: ClosedRange<Duration>) {
        self.init(
            Double(times.lowerBound.nanoseconds), Double(times.upperBound.nanoseconds),
            level: SampleIntervals.level)
    }

    /// Of a share.
    init(_ share: ShareInterval) {
        self.init(share.lower, share.upper, level: ShareInterval.level)
    }
}
