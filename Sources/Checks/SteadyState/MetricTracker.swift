import Playbooks
import Records

/// Follows one bounded metric: since when its bound has been kept to without a gap.
struct MetricTracker: Sendable {
    let condition: MetricCondition
    /// Since when the bound's statement has been true; nil when it is not.
    private(set) var since: DrillTime?
    private(set) var latest: Double?
    private(set) var observedAt: DrillTime?

    init(_ condition: MetricCondition) {
        self.condition = condition
    }

    /// Takes the value at `time`, in nanoseconds, as a fraction or a second; nil when there is none.
    mutating func observe(_ value: Double?, at time: DrillTime) {
        latest = value
        observedAt = time
        guard let value, isTrue(value) else {
            since = nil
            return
        }
        since = since ?? time
    }

    func hasHeld(for duration: Duration, at time: DrillTime) -> Bool {
        guard let since else { return false }
        return (time - since).count >= duration.nanoseconds
    }

    private func isTrue(_ value: Double) -> Bool {
        switch condition.bound {
        case .below(let limit): limit.measure.map { value < $0 } ?? false
        case .above(let limit): limit.measure.map { value > $0 } ?? false
        }
    }

    /// `enqueue.p99 is 80 ms, not below 50 ms`.
    var sentence: String {
        let (word, limit) =
            switch condition.bound {
            case .below(let limit): ("below", limit)
            case .above(let limit): ("above", limit)
            }
        let value = latest.map { limit.text(of: $0) } ?? "without a value"
        return "\(condition.metric) is \(value), \(since == nil ? "not " : "")\(word) "
            + (limit.measure.map { limit.text(of: $0) } ?? "its bound")
    }
}

extension ArgumentValue {
    /// The quantity as metrics give it: nanoseconds, a fraction, or a second.
    fileprivate var measure: Double? {
        switch self {
        case .duration(let duration): Double(duration.nanoseconds)
        case .ratio(let ratio): ratio.fraction
        case .rate(let rate): rate.perSecond
        case .byteCount(let count): Double(count.bytes)
        case .integer(let integer): Double(integer)
        default: nil
        }
    }

    /// Writes a value that is measured as this one is.
    fileprivate func text(of value: Double) -> String {
        switch self {
        case .duration: Wording.span(seconds: value / 1e9)
        case .ratio: Wording.percent(value)
        case .rate: Wording.rate(value)
        default: Wording.fixed(value, digits: 0)
        }
    }
}
