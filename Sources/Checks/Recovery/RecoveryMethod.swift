import Records

/// Finds when the steady state came back to stay: calm, equivalent, and without a slow tail.
///
/// A candidate window passes when it and its followers, 20 in all, pass three steps:
/// 1. it is good and at least 18 of the 20 are (p99 up to the threshold, success as demanded);
/// 2. the 95 % bootstrap upper bounds of how far the medians of p50 and of p99 lie above the
///    baseline's stay within the margins: not significantly different is not enough, because a
///    short look finds nothing significant;
/// 3. the 95 % Wilson upper bound of the share of requests in the tail is at most 2 %.
struct RecoveryMethod {
    static let horizon = 20
    static let fewestGood = 18
    static let resamples = 300
    static let tailLimit = 0.02

    let baseline: RecoveryBaseline
    private let success: Double
    private let seed: UInt64
    private let baseline50: MedianBootstrap
    private let baseline99: MedianBootstrap

    init(_ baseline: RecoveryBaseline, success: Double, seed: UInt64) {
        self.baseline = baseline
        self.success = success
        self.seed = seed
        var generator = SplitMix64(seed: seed)
        baseline50 = MedianBootstrap(
            baseline.windows.map(\.median), resamples: Self.resamples, generator: &generator)
        baseline99 = MedianBootstrap(
            baseline.windows.map(\.percentile99), resamples: Self.resamples, generator: &generator)
    }

    /// What became of one candidate.
    enum Candidate: Equatable {
        case passed
        /// The window itself is bad, or too many after it.
        case restless(good: Int)
        /// A quantile stayed above the baseline's by up to `excess`, more than `margin`.
        case shifted(quantile: String, excess: Double, margin: Double)
        /// The share of slow requests may be up to `bound`.
        case slowTail(share: Double, bound: Double)

        /// How many steps it passed.
        var stage: Int {
            switch self {
            case .restless: 0
            case .shifted: 1
            case .slowTail: 2
            case .passed: 3
            }
        }

        /// What is wrong with it, for people; nil when nothing is.
        var complaint: String? {
            switch self {
            case .passed:
                nil
            case .restless(let good):
                "only \(good) of the last \(RecoveryMethod.horizon) windows were good"
            case .shifted(let quantile, let excess, let margin):
                "the \(quantile) latency stayed up to \(Wording.span(seconds: excess / 1e9)) above "
                    + "the baseline's, \(Wording.span(seconds: margin / 1e9)) is the margin"
            case .slowTail(let share, let bound):
                "\(Wording.percent(share)) of the requests were slow (up to "
                    + "\(Wording.percent(bound)), \(Wording.percent(RecoveryMethod.tailLimit)) "
                    + "is the limit)"
            }
        }
    }

    /// What a search over windows came to.
    struct Search: Equatable {
        /// The first window from which the steady state is back; nil when no candidate passed.
        var recovery: Int?
        /// The last of the candidates that came furthest: why there was no recovery.
        var nearest: Candidate?
    }

    func search(_ windows: [RequestWindow]) -> Search {
        guard windows.count >= Self.horizon else { return Search() }
        let good = windows.map(isGood)
        var nearest: Candidate?
        for index in 0...(windows.count - Self.horizon) {
            let candidate = judge(windows, good, at: index)
            if candidate == .passed { return Search(recovery: index) }
            if candidate.stage >= (nearest?.stage ?? 0) { nearest = candidate }
        }
        return Search(nearest: nearest)
    }

    /// A window with less than half of the baseline's requests is not good: the load was not there.
    func isGood(_ window: RequestWindow) -> Bool {
        window.percentile99 <= baseline.threshold && window.successRate >= success
            && Double(window.requested) >= 0.5 * baseline.requests
    }

    private func judge(_ windows: [RequestWindow], _ good: [Bool], at index: Int) -> Candidate {
        let range = index..<(index + Self.horizon)
        let calm = good[range].count { $0 }
        guard good[index], calm >= Self.fewestGood else { return .restless(good: calm) }
        let candidate = windows[range]
        var generator = SplitMix64(seed: seed &+ UInt64(index) &+ 1)
        for (quantile, values, reference, margin) in [
            ("median", candidate.map(\.median), baseline50, baseline.margin50),
            ("p99", candidate.map(\.percentile99), baseline99, baseline.margin99),
        ] {
            let bootstrap = MedianBootstrap(
                values, resamples: Self.resamples, generator: &generator)
            let excess = bootstrap.upperBound(ofDifferenceTo: reference) ?? .infinity
            guard excess <= margin else {
                return .shifted(quantile: quantile, excess: excess, margin: margin)
            }
        }
        return tail(of: candidate)
    }

    /// A request that was not acknowledged counts as slow.
    private func tail(of windows: ArraySlice<RequestWindow>) -> Candidate {
        let requested = windows.reduce(0) { $0 + $1.requested }
        let fast = windows.reduce(0) { $0 + $1.latencies.count { $0 <= baseline.tail } }
        let interval = WilsonInterval(
            successes: requested - fast, trials: requested, deviations: 1.645)
        guard interval.upper <= Self.tailLimit else {
            let share = requested == 0 ? 1 : Double(requested - fast) / Double(requested)
            return .slowTail(share: share, bound: interval.upper)
        }
        return .passed
    }
}
