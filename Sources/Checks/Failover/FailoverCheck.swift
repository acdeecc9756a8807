public import Playbooks
public import Records

/// After the primary was killed or isolated another node took over in time, and the old one was fenced.
public struct FailoverCheck: Check {
    public static let declaration = KindDeclaration(
        kind: "failover",
        summary: "After the primary's death or isolation another node acknowledges in time, alone.",
        parameters: [
            ParameterDeclaration(
                "within", .duration,
                "The longest time from the fault to the first acknowledgement by another node.",
                isRequired: true)
        ])

    private let line: Int
    private let within: Duration

    public init(expectation: Expectation, playbook: Playbook) throws {
        line = expectation.line
        guard let within = expectation.arguments.boundedDuration("within") else {
            throw CheckError.missing(
                "within", in: expectation, remedy: "say how fast, for instance 'within: 5 s'")
        }
        self.within = within
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let failovers = FailoverReader(evidence).failovers()
        guard !failovers.isEmpty else {
            return CheckResult(
                check: Self.declaration.kind, status: .inconclusive,
                sentence:
                    "No fault killed or isolated a node that was primary, so no failover was asked "
                    + "for.", line: line)
        }
        let answers = failovers.map { answer($0, evidence) }
        let decisive =
            answers.first { $0.status == .broken } ?? answers.first { $0.status == .inconclusive }
            ?? answers.max { ($0.time ?? Nanoseconds(0)) < ($1.time ?? Nanoseconds(0)) }
        let slowest = failovers.max {
            ($0.recoveryTime ?? Nanoseconds(.max)) < ($1.recoveryTime ?? Nanoseconds(.max))
        }
        return CheckResult(
            check: Self.declaration.kind, status: decisive?.status ?? .inconclusive,
            sentence: decisive?.sentence ?? "", figures: slowest.map(figures) ?? [],
            details: failovers.flatMap(details), line: line)
    }

    private struct Answer {
        var status: CheckResult.Status
        var sentence: String
        var time: Nanoseconds?
    }

    private func answer(_ failover: Failover, _ evidence: JudgedEvidence) -> Answer {
        let death = "node \(failover.oldPrimary) was hit by \(failover.kill.title)"
        let bound = Wording.span(within)
        guard let takeover = failover.takeover, let time = failover.recoveryTime else {
            let observed = Wording.span(failover.observed)
            guard failover.observed.count >= within.nanoseconds else {
                return Answer(
                    status: .inconclusive,
                    sentence: "No other node had acknowledged anything when the load ended "
                        + "\(observed) after \(death); \(bound) were allowed.")
            }
            return late(
                "No other node acknowledged anything in the \(observed) after \(death); "
                    + "\(bound) were allowed.", failover, after: failover.observed, evidence)
        }
        let tookOver = "node \(takeover.node) acknowledged \(Wording.span(time)) after \(death)"
        if let first = failover.unfenced.first {
            return Answer(
                status: .broken,
                sentence: "The old primary went on acknowledging: node \(failover.oldPrimary) "
                    + "acknowledged \(Wording.count(failover.unfenced.count, "message")) "
                    + "after node \(takeover.node) had become primary, the first at "
                    + "\(Wording.moment(first.ended)): it was not fenced.", time: time)
        }
        guard time.count <= within.nanoseconds else {
            return late(
                "The failover was too slow: \(tookOver), \(bound) were allowed.", failover,
                after: time, evidence)
        }
        return Answer(
            status: .held,
            sentence: Wording.capitalized(
                "\(tookOver) (limit \(bound)); the old primary acknowledged nothing more on its "
                    + "own."), time: time)
    }

    /// A failover that took too long, or is still to come: the host may have had no time for it.
    private func late(
        _ sentence: String, _ failover: Failover, after time: Nanoseconds,
        _ evidence: JudgedEvidence
    ) -> Answer {
        let start = failover.kill.start
        let doubt = evidence.doubt(in: TimeRanges([start..<(start + time)]))
        return Answer(
            status: doubt == nil ? .broken : .inconclusive,
            sentence: (doubt.map { $0 + " " } ?? "") + sentence,
            time: failover.recoveryTime)
    }

    private func figures(_ failover: Failover) -> [Figure] {
        var figures: [Figure] = []
        func add(_ name: String, _ span: Nanoseconds?, limit: Double? = nil) {
            guard let span else { return }
            figures.append(Figure(name, Double(span.count), .nanoseconds, limit: limit))
        }
        add("RTO_failover", failover.recoveryTime, limit: Double(within.nanoseconds))
        add("RTO_client", failover.longestGap)
        add("RTO_detect", failover.detectionTime)
        figures.append(
            Figure(
                "acknowledged by the old primary", Double(failover.unfenced.count), .count,
                limit: 0))
        return figures
    }

    private func details(_ failover: Failover) -> [String] {
        var parts = ["\(failover.kill.title) at \(Wording.moment(failover.kill.start))"]
        if let takeover = failover.takeover, let time = failover.recoveryTime {
            parts.append(
                "node \(failover.oldPrimary) to node \(takeover.node) in \(Wording.span(time))")
        }
        if let time = failover.detectionTime {
            parts.append("first failed attempt after \(Wording.span(time))")
        }
        if let gap = failover.longestGap {
            parts.append("longest time without an acknowledgement \(Wording.span(gap))")
        }
        let listed = failover.unfenced.prefix(10).map {
            "node \($0.node) acknowledged at \(Wording.moment($0.ended)) what was begun at "
                + Wording.moment($0.started)
        }
        return [parts.joined(separator: "; ")] + listed
    }
}
