public import Playbooks
public import Records

/// Makes the verdict of a drill from everything that is known of it; a pure function.
///
/// The worst finding decides the outcome, in the order of ``severity(_:)``; the others are still
/// named in the reason and kept on their axes.
public struct VerdictBuilder: Sendable {
    public var playbook: Playbook
    public var precondition: Verdict.Precondition
    /// One sentence: why the steady state was there, or not.
    public var preconditionSentence: String
    public var faults: [FaultRecord]
    public var checks: [CheckResult]
    public var ledger: LedgerSummary?
    /// Why the drill was ended early by a person, a signal or an abort condition; nil when it was not.
    public var abortReason: String?
    public var abortLatency: Nanoseconds?
    /// What went wrong with Firedrill itself; nil when nothing did.
    public var toolError: String?
    public var endedAt: DrillTime

    public init(
        playbook: Playbook, precondition: Verdict.Precondition, preconditionSentence: String = "",
        faults: [FaultRecord] = [], checks: [CheckResult] = [], ledger: LedgerSummary? = nil,
        abortReason: String? = nil, abortLatency: Nanoseconds? = nil, toolError: String? = nil,
        endedAt: DrillTime
    ) {
        self.playbook = playbook
        self.precondition = precondition
        self.preconditionSentence = preconditionSentence
        self.faults = faults
        self.checks = checks
        self.ledger = ledger
        self.abortReason = abortReason
        self.abortLatency = abortLatency
        self.toolError = toolError
        self.endedAt = endedAt
    }

    /// How bad an outcome is: the highest of those that apply is the drill's.
    ///
    /// A fault that was left in outranks all, because somebody has to act now. An error of the tool
    /// and an abort come next: they make every statement about the target incomplete. Without the
    /// precondition the checks mean nothing. A broken hypothesis outranks an inconclusive one: a
    /// weakness that was seen is there, whatever else could not be shown.
    public static func severity(_ outcome: Outcome) -> Int {
        switch outcome {
        case .passed: 0
        case .inconclusive: 1
        case .failed: 2
        case .preconditionUnmet: 3
        case .aborted: 4
        case .error: 5
        case .invalid: 6
        case .residual: 7
        }
    }

    public func build() -> Verdict {
        let findings = findings().sorted {
            Self.severity($0.outcome) > Self.severity($1.outcome)
        }
        let outcome = findings.first?.outcome ?? .passed
        return Verdict(
            outcome: outcome, reason: reason(outcome, findings), precondition: precondition,
            preconditionSentence: preconditionSentence, faults: faults, checks: checks,
            ledger: ledger, abortLatency: abortLatency, endedAt: endedAt)
    }

    /// The decisive findings first, then in short what else stands against the drill.
    private func reason(_ outcome: Outcome, _ findings: [VerdictFinding]) -> String {
        guard outcome != .passed else { return successSentence }
        let decisive = findings.filter { $0.outcome == outcome }
        let rest = findings.filter { $0.outcome != outcome }
        var parts = decisive.prefix(3).map { Wording.withoutStop($0.sentence) }
        if decisive.count > 3 { parts.append("and \(decisive.count - 3) more") }
        if let next = rest.first {
            let more = rest.count > 1 ? " (and \(rest.count - 1) more)" : ""
            parts.append("besides, \(Wording.withoutStop(next.sentence))\(more)")
        }
        return parts.joined(separator: "; ") + "."
    }

    private var successSentence: String {
        guard !checks.isEmpty else {
            return preconditionSentence.isEmpty ? "Every probe was content." : preconditionSentence
        }
        let faultsText =
            faults.isEmpty
            ? "no fault was asked for"
            : "\(Wording.count(faults.count, "fault")) proven and taken out again"
        let checksText =
            checks.count == 1 ? "The check held" : "All \(checks.count) checks held"
        return "\(checksText), \(faultsText): "
            + checks.prefix(3).map { "\($0.check): \(Wording.withoutStop($0.sentence))" }
            .joined(separator: "; ") + "."
    }
}
