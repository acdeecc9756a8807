/// One answer of a probe; a line of `samples.jsonl`.
public struct ProbeSample: Sendable, Codable, Equatable {
    public enum Result: String, Sendable, Codable {
        /// The answer met what the playbook expects of it.
        case healthy
        /// The answer did not, or there was none.
        case unhealthy
        /// The probe itself could not tell: it was not able to ask.
        case unknown
    }

    public var probe: String
    /// The node that was asked; empty for a probe without one.
    public var node: String
    public var role: NodeRole?
    public var started: DrillTime
    public var ended: DrillTime
    public var result: Result
    /// `200`, `503`, `exit 1`, `connection refused`.
    public var answer: String
    /// A number the probe measured (replication lag, queue depth); nil when it measures none.
    public var value: Double?

    public init(
        probe: String, node: String = "", role: NodeRole? = nil, started: DrillTime,
        ended: DrillTime, result: Result, answer: String, value: Double? = nil
    ) {
        self.probe = probe
        self.node = node
        self.role = role
        self.started = started
        self.ended = ended
        self.result = result
        self.answer = answer
        self.value = value
    }
}

/// The part that a node plays in its service.
public enum NodeRole: String, Sendable, Codable, CaseIterable {
    case primary, standby, arbiter
    /// A node of a service that has no roles.
    case single
    case unknown
}
