public import Playbooks
public import Records

/// The node that was primary before the first fault stays the only one.
///
/// A failover that nothing called for costs an outage of its own, and a service that is only slow
/// should not have one.
public struct NoFailoverCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "no_failover",
        summary: "The node that was primary before the first fault stays primary throughout.")

    /// Where, before a change of roles, its cause may lie: a lease, and its renewals that were late.
    private static let cause = Nanoseconds(-10_000_000_000)

    let line: Int

    public init(expectation: Expectation, playbook: Playbook) throws {
        line = expectation.line
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let horizon = evidence.horizon
        let measured = PhaseTimes(evidence.evidence.events, horizon: horizon)
            .measured(first: evidence.firstEnqueue, horizon: horizon)
        let start = evidence.faultWindows.first?.start ?? measured.upperBound
        guard let primary = RoleHistory(evidence.evidence).primary(at: start) else {
            return result(.inconclusive, "No node was known to be primary before the faults.")
        }
        let changes = evidence.evidence.events.filter { event in
            event.kind == .roleChanged && event.time >= start && event.time < measured.upperBound
                && Self.isFailover(event, from: primary)
        }
        let acknowledged = Acknowledgement.all(in: evidence.evidence.operations).filter {
            $0.node != primary && $0.started >= start
        }
        let figures = [
            Figure("changes of the primary", Double(changes.count), .count, limit: 0),
            Figure("acknowledged elsewhere", Double(acknowledged.count), .count, limit: 0),
        ]
        if let change = changes.first {
            return doubted(
                "Node \(primary) was primary when the faults began, but at "
                    + "\(Wording.moment(change.time)) \(change.message).", figures,
                details: changes.map { "\(Wording.moment($0.time)): \($0.message)" },
                at: change.time, evidence)
        }
        if let first = acknowledged.first {
            return doubted(
                "Node \(primary) was primary when the faults began, but at "
                    + "\(Wording.moment(first.ended)) node \(first.node) acknowledged a message.",
                figures, at: first.ended, evidence)
        }
        return result(
            .held,
            "Node \(primary) was primary throughout, and no other node acknowledged anything.",
            figures)
    }

    /// A failover, unless the host had no time for the primary to keep its lease.
    private func doubted(
        _ sentence: String, _ figures: [Figure], details: [String] = [], at time: DrillTime,
        _ evidence: JudgedEvidence
    ) -> CheckResult {
        evidence.doubtingIfCrowded(
            result(.broken, sentence, figures, details: details),
            in: TimeRanges([(time + Self.cause)..<time]))
    }

    /// Whether another node became primary, or this one stepped down; not knowing is neither.
    private static func isFailover(_ event: Event, from primary: String) -> Bool {
        event.subject == primary
            ? event.message.hasSuffix(" \(NodeRole.standby.rawValue)")
            : event.message.hasSuffix(" \(NodeRole.primary.rawValue)")
    }
}
