public import Playbooks
public import Records

/// The share of enqueues that were not acknowledged keeps to a limit.
///
/// An enqueue counts after all its retries, and one whose outcome nobody knows counts as an error.
/// The share's 95 % Wilson interval decides, as for latencies. What the generator could not send
/// counts as acknowledged for its lower end and as an error for its upper one.
public struct ErrorRateCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "error_rate",
        summary: "The share of enqueues that fail in spite of their retries stays below a limit.",
        parameters: [
            ParameterDeclaration("below", .ratio, "The limit.", isRequired: true)
        ] + MeasuredTime.parameters)

    let line: Int
    private let limit: Ratio
    private let time: MeasuredTime

    public init(expectation: Expectation, playbook: Playbook) throws {
        let arguments = expectation.arguments
        guard let limit = arguments.ratio("below") else {
            throw CheckError.missing(
                "below", in: expectation, remedy: "give the limit, for instance 'below: 1 %'")
        }
        line = expectation.line
        self.limit = limit
        time = MeasuredTime(arguments)
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let requests = MeasuredRequests(evidence, in: time.ranges(of: evidence))
        let errors = requests.failed + requests.indeterminate
        let sent = requests.requested - requests.unsent
        guard sent > 0 else {
            return result(
                .inconclusive, "Nothing was enqueued \(time.words)\(requests.unsentWords).")
        }
        let share = Double(errors) / Double(sent)
        let lower = WilsonInterval(successes: errors, trials: requests.requested).lower
        let upper = WilsonInterval(
            successes: errors + requests.unsent, trials: requests.requested
        ).upper
        let figures = [
            Figure("error rate \(time.words)", share, .ratio, limit: limit.fraction),
            Figure("requests", Double(sent), .count),
            Figure("indeterminate", Double(requests.indeterminate), .count),
        ]
        let measured =
            "\(Wording.count(errors)) of \(Wording.count(sent, "enqueue")) "
            + "\(time.words) were not acknowledged (\(Wording.percent(share)), 95 % between "
            + "\(Wording.percent(lower)) and \(Wording.percent(upper))); "
            + "\(Wording.percent(limit.fraction)) is the limit\(requests.unsentWords)"
        if upper < limit.fraction { return result(.held, "\(measured).", figures) }
        if lower >= limit.fraction, errors > 0 {
            return result(.broken, "\(measured).", figures)
        }
        return result(
            .inconclusive, "\(measured), and too few requests tell the two apart.", figures)
    }
}
