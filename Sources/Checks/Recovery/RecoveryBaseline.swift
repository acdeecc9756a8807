import Playbooks
import Records

/// The steady state as windows before the first fault show it, and the margins that follow.
///
/// Every margin has an absolute floor: with a baseline of 0.2 ms a purely relative margin calls
/// ordinary noise a change. A playbook may raise the floor to what matters to its users, or to the
/// noise of a host that is shared.
struct RecoveryBaseline {
    /// The fewest windows from which a steady state is learnt.
    static let fewestWindows = 40

    let windows: [RequestWindow]
    let median50: Double
    let median99: Double
    /// A window's 99th percentile up to this is good:
    /// median + max(4 * 1.4826 * MAD, 0.5 * median, floor of 5 ms).
    let threshold: Double
    /// How far the median latency may lie above the baseline's: max(0.25 * median, floor
    /// of 1 ms).
    let margin50: Double
    /// How far the 99th percentile may lie above the baseline's: max(0.5 * median, floor of 5 ms).
    let margin99: Double
    /// A request slower than this belongs to the tail: the baseline's 99th percentile + margin.
    let tail: Double
    /// The median number of requests of a window.
    let requests: Double

    /// Why no steady state can be learnt.
    struct Doubt: Error, Equatable {
        var sentence: String
    }

    /// Learns the steady state.
    ///
    /// - Parameter floor: What both floors are raised to; nil leaves them at 1 ms and 5 ms.
    init(
        _ windows: [RequestWindow], width: Nanoseconds, success: Double, floor: Duration? = nil
    ) throws(Doubt) {
        guard windows.count >= Self.fewestWindows else {
            let needed = Wording.span(Nanoseconds(width.count * Int64(Self.fewestWindows)))
            throw Doubt(
                sentence: "the baseline has \(Wording.count(windows.count, "window")) of "
                    + "\(Wording.span(width)), \(Self.fewestWindows) are needed: make "
                    + "timing.baseline at least \(needed) or the rate higher")
        }
        let healthy = windows.count { $0.successRate >= success }
        guard Double(healthy) >= 0.9 * Double(windows.count) else {
            throw Doubt(
                sentence: "only \(healthy) of \(windows.count) baseline windows reached "
                    + "\(Wording.percent(success)) success: there was no steady state to return to")
        }
        self.windows = windows
        median50 = Quantile.median(windows.map(\.median)) ?? 0
        median99 = Quantile.median(windows.map(\.percentile99)) ?? 0
        let spread = Quantile.medianAbsoluteDeviation(windows.map(\.percentile99)) ?? 0
        let floor = floor.map { Double($0.nanoseconds) } ?? 0
        margin50 = max(0.25 * median50, 1e6, floor)
        margin99 = max(0.5 * median99, 5e6, floor)
        threshold = median99 + max(4 * 1.4826 * spread, margin99)
        let all = windows.flatMap(\.latencies).sorted()
        tail = (Quantile.nearestRank(0.99, of: all) ?? 0) + margin99
        requests = Quantile.median(windows.map { Double($0.requested) }) ?? 0
        try refuseDrift()
    }

    /// A baseline whose halves differ by more than a recovery may is no steady state.
    private func refuseDrift() throws(Doubt) {
        let half = windows.count / 2
        func shift(_ value: (RequestWindow) -> Double) -> Double {
            let first = Quantile.median(windows.prefix(half).map(value)) ?? 0
            let second = Quantile.median(windows.suffix(half).map(value)) ?? 0
            return abs(second - first)
        }
        for (name, shift, margin) in [
            ("median", shift(\.median), margin50), ("p99", shift(\.percentile99), margin99),
        ] where !(shift <= margin) {
            throw Doubt(
                sentence: "the baseline drifted: its \(name) latency changed by "
                    + "\(Wording.span(seconds: shift / 1e9)) between its halves, "
                    + "\(Wording.span(seconds: margin / 1e9)) is the margin")
        }
    }
}
