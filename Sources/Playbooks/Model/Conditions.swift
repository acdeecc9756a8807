/// A part of the steady state: a probe that must be content, or a metric within bounds.
public enum SteadyCondition: Sendable, Equatable {
    case probe(ProbeStep)
    case metric(MetricCondition)
}

/// A bound on a metric of the workload.
public struct MetricCondition: Sendable, Equatable {
    /// A name of the vocabulary's metrics: `enqueue.p99`.
    public var metric: String
    /// The limit that the metric must stay below (steady state) or is judged by (`above`: abort).
    public var bound: Bound
    /// How long the condition must hold before it counts; zero for at once.
    public var duration: Duration
    public var line: Int

    public init(metric: String, bound: Bound, duration: Duration = .zero, line: Int = 0) {
        self.metric = metric
        self.bound = bound
        self.duration = duration
        self.line = line
    }

    public enum Bound: Sendable, Equatable {
        case below(ArgumentValue)
        case above(ArgumentValue)
    }
}

/// A check that the verdict needs.
public struct Expectation: Sendable, Equatable {
    public var kind: String
    public var arguments: Arguments
    public var line: Int

    public init(kind: String, arguments: Arguments = Arguments(), line: Int = 0) {
        self.kind = kind
        self.arguments = arguments
        self.line = line
    }
}
