public import Playbooks
public import Records

/// Retries keep to their policy: bounds, growth, jitter, number and budget.
///
/// The policy is the playbook's for producers (`workload.client.retry`), or the target's for
/// refused messages (`target.redelivery`).
public struct RetriesCheck: Check {
    public static let declaration = KindDeclaration(
        kind: "retries",
        summary: "Attempts follow the declared policy: growth, cap, jitter, number and budget.",
        parameters: [
            ParameterDeclaration(
                "follow", .choice(Subject.allCases.map(\.rawValue)),
                "Whose retries: the producers' or the target's.", isRequired: true),
            ParameterDeclaration(
                "tolerance", .duration,
                "How much later than the policy says a retry may be seen; 100 ms for the clients, "
                    + "250 ms for redeliveries, unless given."),
        ])

    enum Subject: String, CaseIterable {
        case client = "workload.client.retry"
        case redelivery = "target.redelivery"

        /// Generous on purpose: on a busy host a timer fires tens of milliseconds late, and a
        /// redelivery waits for a consumer to ask besides.
        var tolerance: Duration {
            switch self {
            case .client: .milliseconds(100)
            case .redelivery: .milliseconds(250)
            }
        }
    }

    private let line: Int
    private let subject: Subject
    private let tolerance: Duration

    public init(expectation: Expectation, playbook: Playbook) throws {
        guard let follow = expectation.arguments.string("follow"),
            let subject = Subject(rawValue: follow)
        else {
            throw CheckError(
                check: expectation.kind, line: expectation.line,
                reason: "'follow' does not name a policy",
                remedy: "use one of " + Wording.list(Subject.allCases.map(\.rawValue)))
        }
        if subject == .redelivery, playbook.workload.consumers == 0 {
            throw CheckError(
                check: expectation.kind, line: expectation.line,
                reason: "nobody can see redeliveries without consumers",
                remedy: "give the workload consumers, and poison messages for them to refuse")
        }
        line = expectation.line
        self.subject = subject
        tolerance = expectation.arguments.boundedDuration("tolerance") ?? subject.tolerance
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        switch subject {
        case .client:
            let policy = evidence.playbook.workload.retry
            return conclude(
                ClientRetryReader.read(evidence, policy: policy, late: tolerance), policy)
        case .redelivery:
            guard let policy = evidence.redelivery else {
                return result(
                    .inconclusive, "The target has no redelivery policy that it could keep to.")
            }
            return conclude(
                RedeliveryReader.read(evidence, policy: policy, late: tolerance), policy)
        }
    }

    private func conclude(_ reading: RetryReading, _ policy: RetryPolicy) -> CheckResult {
        let analysis = GapAnalysis(reading.gaps, policy: policy)
        let breaches = numberBreaches(reading, policy) + reading.breaches + analysis.breaches
        let looks = analysis.classification.map { "; it looks like \($0)" } ?? ""
        let status: CheckResult.Status
        let sentence: String
        if !breaches.isEmpty {
            status = .broken
            sentence =
                "Retries do not follow \(subject.rawValue) (\(policy.words)): "
                + breaches.joined(separator: "; ") + "\(looks)."
        } else if let doubt = analysis.doubt {
            status = .inconclusive
            sentence =
                "It cannot be told whether retries follow \(subject.rawValue): \(doubt)"
                + "\(excluded(reading))."
        } else {
            status = .held
            let most =
                reading.judgedMessages > 0
                ? ", with at most \(reading.mostAttempts) of \(policy.attempts) attempts a message"
                : ""
            sentence =
                "\(Wording.count(reading.gaps.count, "gap")) between attempts follow "
                + "\(subject.rawValue) (\(policy.words))\(most)\(looks)."
        }
        return result(
            status, sentence, figures: figures(reading, analysis, policy),
            details: analysis.lines + reading.notes + excludedLines(reading))
    }

    private func numberBreaches(_ reading: RetryReading, _ policy: RetryPolicy) -> [String] {
        let allowed = Int(Double(reading.judgedMessages) * GapAnalysis.allowedOutliers)
        var breaches: [String] = []
        if reading.overAttempts > allowed {
            breaches.append(
                "\(Wording.count(reading.overAttempts, "message")) had more than "
                    + "\(policy.attempts) attempts (up to \(reading.mostAttempts))")
        }
        if reading.givenUp > max(1, allowed) {
            breaches.append(
                "\(Wording.count(reading.givenUp, "message")) were given up before "
                    + "\(policy.attempts) attempts")
        }
        return breaches
    }

    private func figures(
        _ reading: RetryReading, _ analysis: GapAnalysis, _ policy: RetryPolicy
    ) -> [Figure] {
        var figures = [Figure("gaps", Double(reading.gaps.count), .count)]
        if reading.judgedMessages > 0 {
            figures.append(
                Figure(
                    "most attempts", Double(reading.mostAttempts), .count,
                    limit: Double(policy.attempts)))
        }
        if let variation = analysis.variation {
            figures.append(Figure("variation of gaps", variation, .ratio))
        }
        return figures + reading.figures
    }

    private func excluded(_ reading: RetryReading) -> String {
        let count = reading.excluded.values.reduce(0, +)
        return count == 0 ? "" : " (\(Wording.count(count)) more say nothing of the policy)"
    }

    private func excludedLines(_ reading: RetryReading) -> [String] {
        reading.excluded.sorted { $0.key < $1.key }.map { reason, count in
            "\(Wording.count(count, "gap")) left out that \(reason)"
        }
    }

    private func result(
        _ status: CheckResult.Status, _ sentence: String, figures: [Figure] = [],
        details: [String] = []
    ) -> CheckResult {
        CheckResult(
            check: "\(Self.declaration.kind):\(subject.rawValue)", status: status,
            sentence: sentence, figures: figures, details: details, line: line)
    }
}
