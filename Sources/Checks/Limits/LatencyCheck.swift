public import Playbooks
public import Records

/// A quantile of the enqueue latency, counted from the intended start, keeps to a limit.
///
/// The quantile's 95 % confidence interval decides: below the limit as a whole it holds, above it
/// as a whole it breaks, across it nobody can tell. What the generator could not send counts as
/// answered at once for the interval's lower end and as never answered for its upper one.
public struct LatencyCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "latency",
        summary: "A quantile of the latency from the intended start stays below a limit.",
        parameters: [
            ParameterDeclaration(
                "quantile", .choice(Metric.allCases.map(\.rawValue)), "Which quantile.",
                default: .string(Metric.p99.rawValue)),
            ParameterDeclaration("below", .duration, "The limit.", isRequired: true),
        ] + MeasuredTime.parameters)

    enum Metric: String, CaseIterable {
        case p50, p99
        case p999 = "p99.9"

        var quantile: Double {
            switch self {
            case .p50: 0.5
            case .p99: 0.99
            case .p999: 0.999
            }
        }
    }

    let line: Int
    private let metric: Metric
    private let limit: Duration
    private let time: MeasuredTime

    public init(expectation: Expectation, playbook: Playbook) throws {
        let arguments = expectation.arguments
        guard let limit = arguments.boundedDuration("below") else {
            throw CheckError.missing(
                "below", in: expectation, remedy: "give the limit, for instance 'below: 200 ms'")
        }
        line = expectation.line
        self.limit = limit
        metric = arguments.string("quantile").flatMap(Metric.init) ?? .p99
        time = MeasuredTime(arguments)
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let requests = MeasuredRequests(evidence, in: time.ranges(of: evidence))
        return evidence.doubtingIfCrowded(judge(requests), in: requests.ranges)
    }

    private func judge(_ requests: MeasuredRequests) -> CheckResult {
        let sorted = requests.latencies
        let name = "\(metric.rawValue) \(time.words)"
        guard let value = Quantile.nearestRank(metric.quantile, of: sorted) else {
            return result(
                .inconclusive, "No enqueue was acknowledged \(time.words)\(requests.unsentWords).")
        }
        let interval = interval(of: requests)
        let bound = Double(limit.nanoseconds)
        let figures = [
            Figure(name, value, .nanoseconds, limit: bound),
            Figure("samples", Double(sorted.count), .count),
        ]
        let measured =
            "The \(name) was \(Wording.span(seconds: value / 1e9)) "
            + "(\(Wording.count(sorted.count, "request")), 95 % between "
            + "\(text(interval.lower, or: "0 s")) and \(text(interval.upper, or: "any time")))"
        let against = "\(Wording.span(limit)) is the limit\(requests.unsentWords)"
        if let upper = interval.upper, upper < bound {
            return result(.held, "\(measured); \(against).", figures)
        }
        if let lower = interval.lower, lower >= bound {
            return result(.broken, "\(measured); \(against).", figures)
        }
        return result(
            .inconclusive, "\(measured); \(against), and too few requests tell the two apart.",
            figures)
    }

    private func interval(of requests: MeasuredRequests) -> (lower: Double?, upper: Double?) {
        let unsent = requests.unsent
        let best = Array(repeating: 0, count: unsent) + requests.latencies
        let worst = requests.latencies + Array(repeating: .infinity, count: unsent)
        let upper = Quantile.interval(metric.quantile, of: worst).upper
        return (
            Quantile.interval(metric.quantile, of: best).lower,
            upper.flatMap { $0.isFinite ? $0 : nil }
        )
    }

    private func text(_ value: Double?, or word: String) -> String {
        value.map { Wording.span(seconds: $0 / 1e9) } ?? word
    }
}
