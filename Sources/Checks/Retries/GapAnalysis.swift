import Playbooks
import Records

/// Holds measured gaps against a retry policy: bounds, growth and jitter.
///
/// Every test knows how wrong each gap may be, and asks whether any true values within that error
/// could follow the policy. A busy host delays timers, so single gaps out of bounds decide nothing:
/// more than one in a hundred do.
struct GapAnalysis {
    /// The share of gaps that may lie out of bounds.
    static let allowedOutliers = 0.01
    /// The fewest gaps of one retry whose median is tested.
    static let fewestPerRetry = 8
    /// The fewest gaps of which anything is said.
    static let fewestGaps = 20
    /// The share by which bounds and medians may be missed.
    static let relativeTolerance = 0.1
    /// The most gaps for the test of the distribution: with more, it finds differences that matter
    /// to nobody.
    static let mostForDistribution = 2_000
    /// Below this coefficient of variation there is no jitter.
    static let noJitter = 0.08

    let policy: RetryPolicy
    let gaps: [RetryGap]
    /// The gaps of each retry, in the order of the retries.
    let groups: [Group]

    /// The gaps before one retry.
    struct Group {
        var retry: Int
        var seconds: [Double]
        var median: Double
        /// The median's confidence interval (99.9 %), widened by the gaps' own errors.
        var interval: ClosedRange<Double>
        var variation: Double?
    }

    init(_ gaps: [RetryGap], policy: RetryPolicy) {
        self.gaps = gaps
        self.policy = policy
        groups = Dictionary(grouping: gaps, by: \.retry).sorted { $0.key < $1.key }.map {
            retry, gaps in
            let sorted = gaps.map(\.seconds).sorted()
            let lowest = gaps.map { $0.seconds - $0.late }.sorted()
            let highest = gaps.map { $0.seconds + $0.early }.sorted()
            let lower = Quantile.interval(0.5, of: lowest, deviations: 3.29).lower ?? lowest[0]
            let upper =
                Quantile.interval(0.5, of: highest, deviations: 3.29).upper
                ?? highest[highest.count - 1]
            return Group(
                retry: retry, seconds: sorted, median: Quantile.median(sorted) ?? 0,
                interval: lower...max(lower, upper),
                variation: Dispersion.coefficientOfVariation(sorted))
        }
    }

    /// What breaks the policy, one part of a sentence each.
    var breaches: [String] { boundBreaches + growthBreaches + jitterBreaches }

    /// Why nothing can be concluded although nothing was broken; nil when enough was seen.
    var doubt: String? {
        guard !gaps.isEmpty else { return "no retry was seen whose wait can be judged" }
        guard gaps.count >= Self.fewestGaps else {
            return "only \(Wording.count(gaps.count, "gap")) between attempts can be judged, "
                + "\(Self.fewestGaps) are needed"
        }
        let tested = groups.filter { $0.seconds.count >= Self.fewestPerRetry }
        let envelopes = Set(tested.map { policy.envelope(beforeRetry: $0.retry) })
        let grows = policy.factor > 1 && policy.first < policy.cap
        guard envelopes.count > 1 || (!grows && !envelopes.isEmpty) else {
            return "growth cannot be seen: only \(Wording.count(envelopes.count, "retry")) of a "
                + "different wait came at least \(Self.fewestPerRetry) times"
        }
        return nil
    }

    // MARK: Bounds

    private var boundBreaches: [String] {
        let late = gaps.filter {
            $0.seconds - $0.late > policy.envelopeSeconds($0.retry) * (1 + Self.relativeTolerance)
        }
        let early = gaps.filter {
            $0.seconds + $0.early < policy.shortest($0.retry) * (1 - Self.relativeTolerance)
        }
        let allowed = max(1, Int(Double(gaps.count) * Self.allowedOutliers))
        return [
            describe(early, "shorter than the policy allows", allowed: allowed),
            describe(late, "longer than the policy allows", allowed: allowed),
        ].compactMap { $0 }
    }

    private func describe(_ outliers: [RetryGap], _ what: String, allowed: Int) -> String? {
        guard outliers.count > allowed, let example = outliers.first else { return nil }
        return "\(Wording.count(outliers.count)) of \(Wording.count(gaps.count, "gap")) were "
            + "\(what) (\(example.message): \(Wording.span(seconds: example.seconds)) before retry "
            + "\(example.retry + 1), \(Wording.span(seconds: policy.shortest(example.retry))) to "
            + "\(Wording.span(policy.envelope(beforeRetry: example.retry))) is the policy)"
    }

    // MARK: Growth

    private var growthBreaches: [String] {
        for group in groups where group.seconds.count >= Self.fewestPerRetry {
            let expected = policy.medianWait(group.retry)
            let lowest = expected * (1 - Self.relativeTolerance)
            let highest = expected * (1 + Self.relativeTolerance)
            guard group.interval.upperBound < lowest || group.interval.lowerBound > highest else {
                continue
            }
            return [
                "the median gap before retry \(group.retry + 1) was "
                    + "\(Wording.span(seconds: group.median)) "
                    + "(\(Wording.count(group.seconds.count, "gap"))), "
                    + "\(Wording.span(seconds: expected)) is the policy's"
            ]
        }
        return []
    }

    // MARK: Jitter

    private var jitterBreaches: [String] {
        guard policy.jitter != .none, gaps.count >= Self.fewestGaps else { return [] }
        if let variation, variation < Self.noJitter {
            return [
                "there was no jitter: the gaps vary by "
                    + "\(Wording.percent(variation)) of their mean"
            ]
        }
        let stride = max(1, (gaps.count + Self.mostForDistribution - 1) / Self.mostForDistribution)
        let sample = gaps.enumerated().filter { $0.offset.isMultiple(of: stride) }.map(\.element)
        let distance = KolmogorovSmirnov.distance(
            lowest: sample.map { position($0, $0.seconds - $0.late) },
            highest: sample.map { position($0, $0.seconds + $0.early) })
        let probability = KolmogorovSmirnov.probability(ofDistance: distance, count: sample.count)
        guard probability < 0.001 else { return [] }
        return [
            "the gaps are not spread as \(policy.jitter.rawValue) jitter spreads them "
                + "(Kolmogorov-Smirnov distance \(Wording.fixed(distance, digits: 2)) of "
                + "\(Wording.count(sample.count, "gap")))"
        ]
    }

    /// Where a wait lies between the shortest and the longest of its retry: uniform from 0 to 1.
    private func position(_ gap: RetryGap, _ seconds: Double) -> Double {
        let shortest = policy.shortest(gap.retry)
        let range = policy.envelopeSeconds(gap.retry) - shortest
        return range > 0 ? (seconds - shortest) / range : 0
    }

    /// The mean of the retries' coefficients of variation, each by its number of gaps.
    var variation: Double? {
        let known = groups.filter { $0.seconds.count >= Self.fewestPerRetry }.compactMap { group in
            group.variation.map { ($0, Double(group.seconds.count)) }
        }
        let weight = known.reduce(0) { $0 + $1.1 }
        return weight > 0 ? known.reduce(0) { $0 + $1.0 * $1.1 } / weight : nil
    }
}
