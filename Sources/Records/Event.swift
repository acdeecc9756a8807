/// One thing that happened in a drill; a line of `events.jsonl`.
public struct Event: Sendable, Codable, Equatable {
    public var time: DrillTime
    public var kind: Kind
    /// What it happened to: a phase, a step, a fault's identifier, a node.
    public var subject: String
    /// One sentence for people.
    public var message: String

    public init(time: DrillTime, kind: Kind, subject: String = "", message: String) {
        self.time = time
        self.kind = kind
        self.subject = subject
        self.message = message
    }

    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// `subject` is a ``Phase``.
        case phaseStarted, phaseEnded
        case stepStarted, stepEnded
        /// `subject` is a fault's identifier.
        case faultResolved, faultRecorded, faultAcknowledged, faultInjected, faultProven
        case faultReverting, faultReverted, faultVerified
        /// `subject` is a node.
        case nodeStarted, nodeExited, nodeRestarted, roleChanged
        case healthChanged
        case steadyLost, steadyRegained
        case abortRequested, interrupted
        case warning, error, note
    }
}

/// The phases of a drill, in their order.
public enum Phase: String, Sendable, Codable, CaseIterable {
    case preflight, testbed, warmup, baseline, method, recovery, drain, teardown
}
