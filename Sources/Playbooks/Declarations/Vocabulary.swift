/// Every kind that playbooks may name on this build of Firedrill.
public struct Vocabulary: Sendable {
    public var systems: [KindDeclaration]
    public var faults: [KindDeclaration]
    public var probes: [KindDeclaration]
    public var checks: [KindDeclaration]
    /// The names that `metric:` may have: `enqueue.p99`, `enqueue.error_rate`.
    public var metrics: [MetricDeclaration]

    public init(
        systems: [KindDeclaration], faults: [KindDeclaration], probes: [KindDeclaration],
        checks: [KindDeclaration], metrics: [MetricDeclaration]
    ) {
        self.systems = systems
        self.faults = faults
        self.probes = probes
        self.checks = checks
        self.metrics = metrics
    }
}

/// One measured quantity that conditions may bound.
public struct MetricDeclaration: Sendable, Equatable {
    public var name: String
    /// `.duration`, `.ratio` or `.rate`: the unit that `above` and `below` must have.
    public var type: ParameterType
    public var summary: String

    public init(_ name: String, _ type: ParameterType, _ summary: String) {
        self.name = name
        self.type = type
        self.summary = summary
    }
}
