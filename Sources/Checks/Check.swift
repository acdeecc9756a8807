public import Playbooks
public import Records

/// A statement over the evidence that the verdict needs: one file in `Checks/` each.
///
/// A check is a pure function: the same evidence gives the same result, years later. It answers
/// `inconclusive` when the evidence is too thin to tell, never `held`.
public protocol Check: Sendable {
    static var declaration: KindDeclaration { get }

    init(expectation: Expectation, playbook: Playbook) throws

    func judge(_ evidence: JudgedEvidence) -> CheckResult
}

/// The evidence as checks see it: with the faults' windows and the closed ledger.
public struct JudgedEvidence: Sendable {
    public var playbook: Playbook
    public var evidence: Evidence
    public var faults: [FaultRecord]
    public var ledger: LedgerSummary?
    /// The redelivery policy that the target was configured with.
    public var redelivery: RetryPolicy?

    public init(
        playbook: Playbook, evidence: Evidence, faults: [FaultRecord], ledger: LedgerSummary?,
        redelivery: RetryPolicy?
    ) {
        self.playbook = playbook
        self.evidence = evidence
        self.faults = faults
        self.ledger = ledger
        self.redelivery = redelivery
    }
}
