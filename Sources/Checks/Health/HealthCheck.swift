public import Playbooks
public import Records

/// The health endpoint tells the truth: not ready while the node cannot serve, ready while it can.
///
/// The truth is what happened to enqueues on that node: an outage is a time in which every attempt
/// failed, or in which the node's process was dead or stopped. The endpoint has `within` to notice
/// either way.
public struct HealthCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "health",
        summary: "A readiness probe says not ready while its node cannot serve, and only then.",
        parameters: [
            ParameterDeclaration(
                "probe", .string, "The name of the probe that asks for readiness.",
                isRequired: true),
            ParameterDeclaration(
                "within", .duration, "The longest time until the endpoint tells of a change.",
                default: .duration(.seconds(2))),
            ParameterDeclaration(
                "outages", .integer(0...1_000),
                "The fewest times that a node has to be unable to serve; after fewer the check is "
                    + "inconclusive, for nothing put the endpoint to the test.",
                default: .integer(0)),
        ])

    /// The most changes of mind after one fault: to not ready, and back.
    static let mostFlaps = 2
    /// The fewest answers that can be held against the truth.
    static let fewestSamples = 10

    let line: Int
    private let probe: String
    private let within: Duration
    private let fewestOutages: Int

    public init(expectation: Expectation, playbook: Playbook) throws {
        line = expectation.line
        guard let probe = expectation.arguments.string("probe") else {
            throw CheckError.missing(
                "probe", in: expectation,
                remedy: "name the probe that asks for readiness, for instance 'probe: ready'")
        }
        let names = playbook.probeNames
        guard names.contains(probe) else {
            throw CheckError(
                check: expectation.kind, line: expectation.line,
                reason: "the playbook has no probe named '\(probe)'",
                remedy: names.isEmpty
                    ? "add one to steady_state" : "use one of " + Wording.list(names.sorted()))
        }
        self.probe = probe
        within = expectation.arguments.boundedDuration("within") ?? .seconds(2)
        fewestOutages = Int(expectation.arguments.integer("outages") ?? 0)
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let samples = evidence.evidence.samples.filter { $0.probe == probe }
        guard !samples.isEmpty else {
            return result(.inconclusive, "Probe \(probe) gave no answer at all.")
        }
        let comparisons = compare(samples, evidence)
        let disagreements = comparisons.flatMap(\.disagreements)
        let compared = comparisons.reduce(0) { $0 + $1.comparedServing }
        let outages = comparisons.reduce(0) { $0 + $1.outages }
        let comparedOutages = comparisons.reduce(0) { $0 + $1.comparedOutages }
        let flapping = comparisons.max { $0.mostFlaps < $1.mostFlaps }
        let worst = disagreements.max { $0.length < $1.length }
        let figures = figures(comparisons, worst)
        let details = disagreements.map(sentence)
        if let worst { return result(.broken, sentence(worst), figures, details: details) }
        if let flapping, flapping.mostFlaps > Self.mostFlaps, let fault = flapping.flapped {
            return result(
                .broken,
                "Probe \(probe) changed its mind \(flapping.mostFlaps) times after \(fault): "
                    + "\(Self.mostFlaps) changes are one fault's.", figures)
        }
        if outages > comparedOutages, comparedOutages == 0 {
            return result(
                .inconclusive,
                "Probe \(probe) was not asked of a node while that node could not serve.", figures)
        }
        guard outages >= fewestOutages else {
            return result(
                .inconclusive,
                "Nodes were unable to serve for longer than \(Wording.span(within)) "
                    + "\(Wording.count(outages, "time")), where the playbook needs "
                    + "\(fewestOutages) to put probe \(probe) to the test: the faults did not stop "
                    + "the service.", figures)
        }
        guard comparedOutages > 0 || compared >= Self.fewestSamples else {
            return result(
                .inconclusive,
                "Only \(Wording.count(compared, "answer")) of probe \(probe) can be held against "
                    + "what its node did; \(Self.fewestSamples) are needed.", figures)
        }
        return result(.held, success(comparisons, compared, comparedOutages), figures)
    }

    private func compare(_ samples: [ProbeSample], _ evidence: JudgedEvidence)
        -> [HealthComparison]
    {
        let bound = Nanoseconds(within)
        let attempts = evidence.evidence.operations.lazy.filter { $0.kind == .enqueue }
            .flatMap(\.attempts)
        // A probe without a node asks the service as a whole: every attempt is evidence.
        let byNode = Dictionary(grouping: attempts, by: \.node)
        return Dictionary(grouping: samples, by: \.node).sorted { $0.key < $1.key }.map {
            node, samples in
            let own = node.isEmpty ? Array(attempts) : byNode[node] ?? []
            return HealthComparison(
                node: node, samples: samples,
                path: DataPath(own, silence: max(bound, Nanoseconds(1_000_000_000))),
                faults: evidence.faultWindows, within: bound, horizon: evidence.horizon)
        }
    }

    private func sentence(_ disagreement: HealthComparison.Disagreement) -> String {
        let node = disagreement.node.isEmpty ? "the service" : "node \(disagreement.node)"
        let time =
            "\(Wording.span(disagreement.length)) from \(Wording.moment(disagreement.start)) on "
            + "(\(Wording.span(within)) allowed)"
        return disagreement.claimedHealth
            ? "Probe \(probe) said '\(disagreement.answer)' of \(node) while every request to it "
                + "failed, for \(time)."
            : "Probe \(probe) said '\(disagreement.answer)' of \(node) while every request to it "
                + "succeeded, for \(time)."
    }

    private func success(
        _ comparisons: [HealthComparison], _ compared: Int, _ outages: Int
    ) -> String {
        guard outages > 0 else {
            return "Probe \(probe) said ready while its node served "
                + "(\(Wording.count(compared, "answer"))); no node was ever unable to serve for "
                + "longer than \(Wording.span(within)), so the other half was not tested."
        }
        let slowest = comparisons.flatMap(\.detections).max()
        return "Probe \(probe) told of \(Wording.count(outages, "outage")) within "
            + "\(Wording.span(slowest ?? Nanoseconds(within))) (limit \(Wording.span(within))) and "
            + "said ready while its node served (\(Wording.count(compared, "answer")))."
    }

    private func figures(
        _ comparisons: [HealthComparison], _ worst: HealthComparison.Disagreement?
    ) -> [Figure] {
        let limit = Double(within.nanoseconds)
        var figures: [Figure] = []
        if let detection = comparisons.flatMap(\.detections).max() {
            figures.append(
                Figure("detection time", Double(detection.count), .nanoseconds, limit: limit))
        }
        figures.append(
            Figure(
                "disagreement time", Double(worst?.length.count ?? 0), .nanoseconds, limit: limit))
        figures.append(
            Figure(
                "changes of mind after a fault",
                Double(comparisons.map(\.mostFlaps).max() ?? 0), .count,
                limit: Double(Self.mostFlaps)))
        return figures
    }
}
