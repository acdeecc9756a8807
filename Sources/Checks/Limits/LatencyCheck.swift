public import Playbooks
public import Records

/// A quantile of a latency keeps to a limit: of the enqueue, counted from its intended start, or of
/// the first delivery, counted from the acknowledgement.
///
/// The quantile's 95 % confidence interval decides: below the limit as a whole it holds, above it
/// as a whole it breaks, across it nobody can tell. What the generator could not send counts as
/// answered at once for the interval's lower end and as never answered for its upper one; what was
/// never delivered counts as delivered at the drill's end, and as never.
public struct LatencyCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "latency",
        summary: "A quantile of the latency stays below a limit.",
        parameters: [
            ParameterDeclaration(
                "quantile", .choice(Metric.allCases.map(\.rawValue)), "Which quantile.",
                default: .string(Metric.p99.rawValue)),
            ParameterDeclaration("below", .duration, "The limit.", isRequired: true),
            ParameterDeclaration(
                "of", .choice(["acknowledged", "delivered"]),
                "Until a message is acknowledged, from its intended start; or until it is first"
                    + " delivered, from its acknowledgement.", default: .string("acknowledged")),
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
    private let isOfDeliveries: Bool
    private let time: MeasuredTime

    /// What is known of a latency.
    private struct Sample {
        /// The least and the most that each may have been, in nanoseconds; sorted.
        var least: [Double]
        var most: [Double]
        /// From which the quantile itself is told.
        var known: [Double]
        var subject: String
        var item: String
        /// What a sentence adds of those that are not known; empty when all are.
        var unknown: String
        /// For how long nothing more came of what was still owed, in nanoseconds.
        var silence = 0.0
    }

    public init(expectation: Expectation, playbook: Playbook) throws {
        let arguments = expectation.arguments
        guard let limit = arguments.boundedDuration("below") else {
            throw CheckError.missing(
                "below", in: expectation, remedy: "give the limit, for instance 'below: 200 ms'")
        }
        line = expectation.line
        self.limit = limit
        isOfDeliveries = arguments.string("of") == "delivered"
        metric = arguments.string("quantile").flatMap(Metric.init) ?? .p99
        time = MeasuredTime(arguments)
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let ranges = time.ranges(of: evidence)
        let sample = isOfDeliveries ? deliveries(evidence, ranges) : requests(evidence, ranges)
        let result = judge(sample)
        // A host without time makes deliveries late; it does not keep all of them back for so long.
        guard sample.silence < Double(limit.nanoseconds) else { return result }
        return evidence.doubtingIfCrowded(result, in: ranges)
    }

    private func judge(_ sample: Sample) -> CheckResult {
        let name = "\(sample.subject)\(metric.rawValue) \(time.words)"
        guard let value = Quantile.nearestRank(metric.quantile, of: sample.known) else {
            return result(
                .inconclusive, "No enqueue was acknowledged \(time.words)\(sample.unknown).")
        }
        let interval = (
            lower: Quantile.interval(metric.quantile, of: sample.least).lower,
            upper: Quantile.interval(metric.quantile, of: sample.most).upper.flatMap {
                $0.isFinite ? $0 : nil
            }
        )
        let bound = Double(limit.nanoseconds)
        let figures = [
            Figure(name, value, .nanoseconds, limit: bound),
            Figure("samples", Double(sample.known.count), .count),
        ]
        let measured =
            "The \(name) was \(Wording.span(seconds: value / 1e9)) "
            + "(\(Wording.count(sample.known.count, sample.item)), 95 % between "
            + "\(text(interval.lower, or: "0 s")) and \(text(interval.upper, or: "any time")))"
        let against = "\(Wording.span(limit)) is the limit\(sample.unknown)"
        if let upper = interval.upper, upper < bound {
            return result(.held, "\(measured); \(against).", figures)
        }
        if let lower = interval.lower, lower >= bound {
            return result(.broken, "\(measured); \(against).", figures)
        }
        return result(
            .inconclusive,
            "\(measured); \(against), and too few \(sample.item)s tell the two apart.",
            figures)
    }

    private func requests(_ evidence: JudgedEvidence, _ ranges: TimeRanges) -> Sample {
        let requests = MeasuredRequests(evidence, in: ranges)
        return Sample(
            least: Array(repeating: 0, count: requests.unsent) + requests.latencies,
            most: requests.latencies + Array(repeating: .infinity, count: requests.unsent),
            known: requests.latencies, subject: "", item: "request", unknown: requests.unsentWords)
    }

    private func deliveries(_ evidence: JudgedEvidence, _ ranges: TimeRanges) -> Sample {
        let times = DeliveryTimes(evidence, in: ranges)
        let least = (times.delivered + times.undelivered).sorted()
        return Sample(
            least: least,
            most: times.delivered
                + Array(repeating: .infinity, count: times.undelivered.count),
            known: least, subject: "delivery ", item: "message",
            unknown: times.undelivered.isEmpty
                ? ""
                : "; \(Wording.count(times.undelivered.count)) had not been delivered by the end",
            silence: times.undelivered.isEmpty ? 0 : times.silence)
    }

    private func text(_ value: Double?, or word: String) -> String {
        value.map { Wording.span(seconds: $0 / 1e9) } ?? word
    }
}
