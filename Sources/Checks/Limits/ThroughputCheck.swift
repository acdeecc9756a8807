public import Playbooks
public import Records

/// The service acknowledges, or delivers, at least so many messages a second.
public struct ThroughputCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "throughput",
        summary: "Messages are acknowledged, or delivered, at a rate above a limit.",
        parameters: [
            ParameterDeclaration("above", .rate, "The limit.", isRequired: true),
            ParameterDeclaration(
                "of", .choice(["acknowledged", "delivered"]), "What is counted.",
                default: .string("acknowledged")),
        ] + MeasuredTime.parameters)

    /// The shortest time over which a rate is a rate.
    static let shortestTime = Duration.seconds(1)

    let line: Int
    private let limit: Rate
    private let countsDeliveries: Bool
    private let time: MeasuredTime

    public init(expectation: Expectation, playbook: Playbook) throws {
        let arguments = expectation.arguments
        guard let limit = arguments.rate("above") else {
            throw CheckError.missing(
                "above", in: expectation, remedy: "give the limit, for instance 'above: 300/s'")
        }
        line = expectation.line
        self.limit = limit
        countsDeliveries = arguments.string("of") == "delivered"
        time = MeasuredTime(arguments)
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let ranges = loaded(time.ranges(of: evidence), evidence)
        let requests = MeasuredRequests(evidence, in: ranges)
        let count = countsDeliveries ? requests.delivered : requests.acknowledged
        let span = ranges.length
        guard span.count >= Self.shortestTime.nanoseconds else {
            return result(
                .inconclusive, "There were only \(Wording.span(span)) of load \(time.words).")
        }
        let rate = Double(count) / span.seconds
        let verb = countsDeliveries ? "delivered" : "acknowledged"
        let isAbove = rate > limit.perSecond
        // What was never offered cannot be missed.
        let shortfall: CheckResult.Status = requests.unsent > 0 ? .inconclusive : .broken
        let result = result(
            isAbove ? .held : shortfall,
            "\(Wording.count(count, "message")) were \(verb) in "
                + "\(Wording.span(span)) \(time.words): \(Wording.rate(rate)), more than "
                + "\(Wording.rate(limit.perSecond)) is demanded\(requests.unsentWords).",
            [
                Figure("\(verb) \(time.words)", rate, .perSecond, limit: limit.perSecond)
            ])
        return evidence.doubtingIfCrowded(result, in: ranges)
    }

    /// Cuts off the time after the last enqueue was wanted: without load there is no throughput.
    private func loaded(_ ranges: TimeRanges, _ evidence: JudgedEvidence) -> TimeRanges {
        guard let last = evidence.lastIntendedEnqueue else { return TimeRanges() }
        let first = evidence.firstEnqueue
        return ranges.intersection(TimeRanges([first..<(last + Nanoseconds(1))]))
    }
}
