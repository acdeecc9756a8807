public import Playbooks
public import Records

/// Every acknowledged message came out again, whole, and none came out that nobody sent.
///
/// This is Jepsen's `total-queue` with what it lacks: a guard against an empty run, a bound on
/// duplicates, corrupted bodies, and a drain that reached every node.
public struct NoLossCheck: Check {
    public static let declaration = KindDeclaration(
        kind: "no_loss",
        summary: "No acknowledged message is lost, corrupted or made up.",
        parameters: [
            ParameterDeclaration(
                "duplicates",
                .mapping([
                    ParameterDeclaration(
                        "at_most", .ratio, "The largest share of messages delivered twice.",
                        isRequired: true)
                ]),
                "Bounds the messages that were delivered again after they had been settled."),
            ParameterDeclaration(
                "at_least", .integer(1...1_000_000_000),
                "The fewest acknowledgements from which anything is concluded.",
                default: .integer(100)),
        ])

    /// The most lost messages that are listed one by one.
    static let listedMessages = 50

    private let line: Int
    private let duplicates: Ratio?
    private let atLeast: Int

    public init(expectation: Expectation, playbook: Playbook) throws {
        line = expectation.line
        duplicates = expectation.arguments.mapping("duplicates")?.ratio("at_most")
        atLeast = Int(expectation.arguments.integer("at_least") ?? 100)
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        guard let ledger = evidence.ledger else {
            return CheckResult(
                check: Self.declaration.kind, status: .inconclusive,
                sentence: "The ledger was never closed, so nothing is known of losses.",
                line: line)
        }
        let lost = LostMessages(ledger, faults: evidence.plausible.faultWindows)
        let status: CheckResult.Status
        let sentence: String
        if let proof = breach(ledger, lost) {
            (status, sentence) = (.broken, proof)
        } else if let doubt = doubt(ledger, hasFaults: !evidence.faultWindows.isEmpty) {
            (status, sentence) = (.inconclusive, doubt)
        } else {
            (status, sentence) = (.held, success(ledger))
        }
        return CheckResult(
            check: Self.declaration.kind, status: status, sentence: sentence,
            figures: figures(ledger, lost), details: details(ledger, lost), line: line)
    }

    /// What is proven wrong; nil when nothing is.
    ///
    /// An undelivered message is lost only when the drain reached the end of every queue; one that
    /// nobody sent, or that came out damaged, is wrong whatever the drain did.
    private func breach(_ ledger: LedgerSummary, _ lost: LostMessages) -> String? {
        var wrongs: [String] = []
        if ledger.isDrained, !ledger.lost.isEmpty { wrongs.append(lost.sentence) }
        if ledger.corrupted > 0 {
            wrongs.append("\(Wording.count(ledger.corrupted, "message")) came out damaged")
        }
        if ledger.unexpected > 0 {
            wrongs.append(
                "\(Wording.count(ledger.unexpected, "message")) came out that nobody had sent, or "
                    + "whose enqueue had certainly failed")
        }
        if let duplicates, let share = duplicateShare(ledger), share > duplicates.fraction {
            wrongs.append(
                "\(Wording.count(ledger.duplicated, "message")) came again after being settled "
                    + "(\(Wording.percent(share)), at most \(Wording.percent(duplicates.fraction)) "
                    + "allowed)")
        }
        return wrongs.isEmpty ? nil : wrongs.joined(separator: "; ") + "."
    }

    private func doubt(_ ledger: LedgerSummary, hasFaults: Bool) -> String? {
        if !ledger.isDrained {
            return "The queue could not be drained through every node: "
                + "\(Wording.count(ledger.lost.count, "acknowledged message")) may be lost or may "
                + "still be in it."
        }
        if ledger.acknowledged < atLeast {
            return "Only \(Wording.count(ledger.acknowledged, "message")) were acknowledged; "
                + "\(Wording.count(atLeast)) are needed to conclude anything."
        }
        if hasFaults, ledger.acknowledgedBeforeFaults == 0 || ledger.acknowledgedAfterFaults == 0 {
            let side = ledger.acknowledgedBeforeFaults == 0 ? "before the first" : "after the last"
            return "No message was acknowledged \(side) fault, so the faults tested nothing."
        }
        return nil
    }

    private func success(_ ledger: LedgerSummary) -> String {
        var sentence =
            "All \(Wording.count(ledger.acknowledged, "acknowledged message")) are accounted for, "
            + "none damaged and none made up; \(Wording.count(ledger.duplicated)) came twice"
        if ledger.deadLettered > 0 {
            sentence += ", \(Wording.count(ledger.deadLettered)) ended as dead letters"
        }
        if ledger.recovered > 0 {
            sentence +=
                ", \(Wording.count(ledger.recovered)) whose enqueue was in doubt came out as well"
        }
        return sentence + "."
    }

    private func duplicateShare(_ ledger: LedgerSummary) -> Double? {
        ledger.delivered == 0 ? nil : Double(ledger.duplicated) / Double(ledger.delivered)
    }

    private func figures(_ ledger: LedgerSummary, _ lost: LostMessages) -> [Figure] {
        var figures = [
            Figure("lost", Double(ledger.lost.count), .count, limit: 0),
            Figure("corrupted", Double(ledger.corrupted), .count, limit: 0),
            Figure("unexpected", Double(ledger.unexpected), .count, limit: 0),
            Figure("acknowledged", Double(ledger.acknowledged), .count, limit: Double(atLeast)),
        ]
        if let share = duplicateShare(ledger) {
            figures.append(Figure("duplicates", share, .ratio, limit: duplicates?.fraction))
        }
        if ledger.isDrained, !ledger.lost.isEmpty {
            figures.append(
                Figure("lost after a fault", Double(lost.afterLastFault.count), .count))
            if let point = lost.recoveryPoint {
                figures.append(Figure("RPO", Double(point.count), .nanoseconds))
            }
        }
        return figures
    }

    private func details(_ ledger: LedgerSummary, _ lost: LostMessages) -> [String] {
        var lines: [String] = []
        if !lost.afterLastFault.isEmpty {
            lines.append(
                "\(Wording.count(lost.afterLastFault.count)) of them were acknowledged after the "
                    + "last fault had gone in: a sign of two primaries at once.")
        }
        for message in lost.messages.prefix(Self.listedMessages) {
            lines.append(
                "\(message.message) acknowledged at \(Wording.moment(message.acknowledgedAt)) by "
                    + (message.node.isEmpty ? "an unnamed node" : "node \(message.node)"))
        }
        if lost.messages.count > Self.listedMessages {
            lines.append(
                "and \(Wording.count(lost.messages.count - Self.listedMessages)) more")
        }
        return lines
    }
}
