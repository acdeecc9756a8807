public import Playbooks
public import Records

/// What is known of the steady state at one moment.
public enum SteadyState: Sendable, Equatable {
    case holds
    /// A condition is not met, or not for long enough yet; one sentence says which.
    case lost(String)
    /// A condition has no fresh answer; one sentence says which.
    case unknown(String)
}

/// Decides whether the steady state holds, from samples and metric values as they come.
///
/// It knows no clock: every call says what time it is. The state holds once every condition has
/// been met without a gap for the hold time, so that one lucky moment is not taken for calm.
public struct SteadyStateEvaluator: Sendable {
    private let hold: Duration
    private var probes: [ProbeTracker] = []
    private var metrics: [MetricTracker] = []
    /// How old a metric's value may be.
    private let freshness: Duration

    public init(
        conditions: [SteadyCondition], hold: Duration = .seconds(2),
        freshness: Duration = .seconds(2)
    ) {
        self.hold = hold
        self.freshness = freshness
        for condition in conditions {
            switch condition {
            case .probe(let probe): probes.append(ProbeTracker(probe))
            case .metric(let metric): metrics.append(MetricTracker(metric))
            }
        }
    }

    /// The names of the metrics whose values it wants.
    public var metricNames: [String] { metrics.map(\.condition.metric) }

    /// Takes an answer of a probe; those of probes that the steady state does not name are ignored.
    public mutating func observe(_ sample: ProbeSample) {
        for index in probes.indices { probes[index].observe(sample) }
    }

    /// Takes the value of a metric: nanoseconds, a fraction, or a second; nil when there is none.
    public mutating func observe(metric: String, value: Double?, at time: DrillTime) {
        for index in metrics.indices where metrics[index].condition.metric == metric {
            metrics[index].observe(value, at: time)
        }
    }

    /// Says whether the steady state holds at `time`; without any condition it does.
    public func state(at time: DrillTime) -> SteadyState {
        for probe in probes {
            if let complaint = probe.complaint { return .lost(complaint) }
        }
        for metric in metrics where metric.latest != nil && metric.since == nil {
            return .lost(metric.sentence)
        }
        for probe in probes where probe.isStale(at: time) {
            return .unknown("probe \(probe.probe.name) has given no answer lately")
        }
        for metric in metrics where isStale(metric, at: time) {
            return .unknown("metric \(metric.condition.metric) has no value")
        }
        for probe in probes where !probe.hasHeld(for: hold, at: time) {
            return .lost(
                "probe \(probe.probe.name) has not been content for \(Wording.span(hold)) yet")
        }
        for metric in metrics {
            let needed = max(hold, metric.condition.duration)
            guard metric.hasHeld(for: needed, at: time) else {
                return .lost(
                    "\(metric.sentence), but not for \(Wording.span(needed)) yet")
            }
        }
        return .holds
    }

    private func isStale(_ metric: MetricTracker, at time: DrillTime) -> Bool {
        guard metric.latest != nil, let observedAt = metric.observedAt else { return true }
        return (time - observedAt).count > freshness.nanoseconds
    }
}
