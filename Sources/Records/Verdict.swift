/// The judgement of a drill: four axes and one outcome; `verdict.json`.
public struct Verdict: Sendable, Codable, Equatable {
    public enum Precondition: String, Sendable, Codable { case held, unmet, unknown }

    public var version: Int
    public var outcome: Outcome
    /// One sentence: why this outcome.
    public var reason: String
    public var precondition: Precondition
    public var preconditionSentence: String
    public var faults: [FaultRecord]
    public var checks: [CheckResult]
    public var ledger: LedgerSummary?
    /// From the request to abort until every fault was out; nil when nobody asked.
    public var abortLatency: Nanoseconds?
    public var endedAt: DrillTime

    public init(
        version: Int = DrillHeader.currentVersion, outcome: Outcome, reason: String,
        precondition: Precondition, preconditionSentence: String, faults: [FaultRecord],
        checks: [CheckResult], ledger: LedgerSummary? = nil, abortLatency: Nanoseconds? = nil,
        endedAt: DrillTime
    ) {
        self.version = version
        self.outcome = outcome
        self.reason = reason
        self.precondition = precondition
        self.preconditionSentence = preconditionSentence
        self.faults = faults
        self.checks = checks
        self.ledger = ledger
        self.abortLatency = abortLatency
        self.endedAt = endedAt
    }
}

/// How a drill ended; the raw values are the names in JSON.
public enum Outcome: String, Sendable, Codable, CaseIterable {
    case passed, failed, invalid, preconditionUnmet, inconclusive, residual, aborted, error

    /// The exit code of the command line.
    public var exitCode: Int32 {
        switch self {
        case .passed: 0
        case .failed: 1
        case .invalid: 2
        case .preconditionUnmet: 3
        case .inconclusive: 4
        case .residual: 5
        case .aborted: 6
        case .error: 7
        }
    }
}
