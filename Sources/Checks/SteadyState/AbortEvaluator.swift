public import Playbooks
public import Records

/// Decides, from metric values as they come, whether a drill must be aborted.
///
/// A condition counts once it has been true without a gap for its whole duration; a metric without
/// a value ends the run of its truth.
public struct AbortEvaluator: Sendable {
    private var metrics: [MetricTracker]

    public init(conditions: [MetricCondition]) {
        metrics = conditions.map(MetricTracker.init)
    }

    /// The names of the metrics whose values it wants.
    public var metricNames: [String] { metrics.map(\.condition.metric) }

    /// Takes the value of a metric: nanoseconds, a fraction, or a second; nil when there is none.
    public mutating func observe(metric: String, value: Double?, at time: DrillTime) {
        for index in metrics.indices where metrics[index].condition.metric == metric {
            metrics[index].observe(value, at: time)
        }
    }

    /// Why to abort, in one sentence; nil as long as there is no reason.
    public func reason(at time: DrillTime) -> String? {
        for metric in metrics {
            let condition = metric.condition
            guard metric.hasHeld(for: condition.duration, at: time) else { continue }
            let duration =
                condition.duration == .zero ? "" : " for \(Wording.span(condition.duration))"
            return "\(metric.sentence)\(duration) (line \(condition.line))"
        }
        return nil
    }
}
