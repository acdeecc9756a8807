import Glibc

/// How a delay is spread around its mean: a table that netem draws from (TCA_NETEM_DELAY_DIST).
///
/// A delay is the mean plus the jitter times entry / 8192 of an entry drawn evenly, so that a table
/// reaches four jitters far at most. The kernel never lists a table: it cannot be read back.
public struct DelayDistribution: Sendable, Hashable {
    /// One entry for one jitter (NETEM_DIST_SCALE).
    static let scale = 8192.0
    /// As many entries as tc's own tables have.
    static let size = 4096

    /// The quantiles, in units of 1/8192 of the jitter; the smallest first.
    public let entries: [Int16]

    /// Normal: the jitter is the standard deviation.
    public static let normal = DelayDistribution(quantiles: standardNormal)

    /// Pareto with the exponent 3, moved and stretched to a mean of nearly 0 and a deviation of
    /// nearly 1: mostly a little early, seldom very late.
    public static let pareto = DelayDistribution(quantiles: standardPareto)

    /// A quarter normal and three quarters Pareto.
    public static let paretonormal = DelayDistribution { share in
        let normal = Self.bounded(standardNormal(share))
        return normal / 4 + Self.bounded(standardPareto(share)) * 3 / 4
    }

    private init(quantiles: (Double) -> Double) {
        entries = (0..<Self.size).map { index in
            Int16(
                (Self.bounded(quantiles(Double(index) / Double(Self.size))) * Self.scale).rounded())
        }
    }

    /// Times that were measured, as a mean, a deviation and the shape of their distribution.
    public struct Measured: Sendable, Hashable {
        public var mean: Duration
        /// The standard deviation.
        public var deviation: Duration
        public var distribution: DelayDistribution
        /// How many of the times are further than four deviations from the mean, where tables end.
        public var beyond: Int
    }

    /// Compiles a table from measured times; nil from fewer than 20, or when all are the same.
    public static func compiled(from times: [Duration]) -> Measured? {
        guard times.count >= 20 else { return nil }
        let sorted = times.map { Double($0.inNanoseconds) }.sorted()
        let mean = sorted.reduce(0, +) / Double(sorted.count)
        let variance =
            sorted.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(sorted.count)
        let deviation = variance.squareRoot()
        guard deviation > 0 else { return nil }
        // Entry i stands for the middle of its share, so that the mean of all is that of the times.
        let distribution = DelayDistribution { share in
            let place = (share + 0.5 / Double(size)) * Double(sorted.count) - 0.5
            let lower = min(sorted.count - 1, max(0, Int(place.rounded(.down))))
            let upper = min(sorted.count - 1, lower + 1)
            let weight = min(1, max(0, place - Double(lower)))
            return (sorted[lower] * (1 - weight) + sorted[upper] * weight - mean) / deviation
        }
        return Measured(
            mean: .nanoseconds(Int64(mean.rounded())),
            deviation: .nanoseconds(Int64(deviation.rounded())), distribution: distribution,
            beyond: sorted.count { abs($0 - mean) > 4 * deviation })
    }

    /// The share `share` of a standard normal law's values are below this one.
    static func standardNormal(_ share: Double) -> Double {
        guard share > 0 else { return -.infinity }
        guard share < 1 else { return .infinity }
        var (low, high) = (-10.0, 10.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private static func standardPareto(_ share: Double) -> Double {
        4 / 3 * (pow(1 - share, -1 / 3.0) - 1.5)
    }

    /// What an entry can say: just under four jitters.
    private static func bounded(_ value: Double) -> Double {
        min(Double(Int16.max), max(-Double(Int16.max), value * scale)) / scale
    }
}
