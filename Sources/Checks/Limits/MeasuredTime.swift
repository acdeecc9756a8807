import Playbooks
import Records

/// The part of a drill that a limit is about, as an expectation names it.
struct MeasuredTime {
    enum Phase: String, CaseIterable {
        /// Before the first fault.
        case baseline
        /// While a fault was in, and until the effects have settled.
        case faults
        /// The measured time without the faults and their settling.
        case outside
        /// From the end of the warm-up to the end of the load.
        case all
    }

    private static let usualPhase = Phase.all
    private static let usualSettling = Duration.seconds(5)

    static let parameters = [
        ParameterDeclaration(
            "phase", .choice(Phase.allCases.map(\.rawValue)),
            "Which time counts: the baseline, fault windows, all but those, or all.",
            default: .string(usualPhase.rawValue)),
        ParameterDeclaration(
            "settle", .duration, "How long after its end a fault's window goes on.",
            default: .duration(usualSettling)),
    ]

    private let phase: Phase
    private let settle: Duration

    init(_ arguments: Arguments) {
        phase = arguments.string("phase").flatMap(Phase.init) ?? Self.usualPhase
        settle = arguments.boundedDuration("settle") ?? Self.usualSettling
    }

    /// How sentences name it.
    var words: String {
        switch phase {
        case .baseline: "in the baseline"
        case .faults: "in fault windows"
        case .outside: "outside fault windows"
        case .all: "over the whole load"
        }
    }

    func ranges(of evidence: JudgedEvidence) -> TimeRanges {
        let horizon = evidence.horizon
        let phases = PhaseTimes(evidence.evidence.events, horizon: horizon)
        let measured = TimeRanges([
            phases.measured(first: evidence.firstEnqueue, horizon: horizon)
        ])
        let faults = TimeRanges(
            evidence.faultWindows.map { window in
                let range = window.range(until: horizon)
                return range.lowerBound..<(range.upperBound + Nanoseconds(settle))
            })
        return switch phase {
        case .baseline: TimeRanges(phases[.baseline].map { [$0] } ?? []).subtracting(faults)
        case .faults: measured.intersection(faults)
        case .outside: measured.subtracting(faults)
        case .all: measured
        }
    }
}

/// The enqueues of the time that a limit is about.
struct MeasuredRequests {
    let ranges: TimeRanges
    /// The latencies of the acknowledged ones in nanoseconds; sorted.
    private(set) var latencies: [Double] = []
    private(set) var requested = 0
    private(set) var failed = 0
    private(set) var indeterminate = 0
    /// Wanted, and never sent because the generator had too many in flight.
    private(set) var unsent = 0
    /// Acknowledgements, or deliveries, that came within the time.
    private(set) var acknowledged = 0
    private(set) var delivered = 0

    init(_ evidence: JudgedEvidence, in ranges: TimeRanges) {
        self.ranges = ranges
        for operation in evidence.evidence.operations {
            switch operation.kind {
            case .enqueue:
                if ranges.contains(operation.intended) { count(operation) }
                if operation.outcome == .ok, ranges.contains(operation.ended) { acknowledged += 1 }
            case .reserve:
                if operation.outcome == .ok, operation.message != nil,
                    ranges.contains(operation.ended)
                {
                    delivered += 1
                }
            case .acknowledge, .refuse:
                break
            }
        }
        latencies.sort()
    }

    /// What a sentence says of the requests that were never sent; empty when there are none.
    var unsentWords: String {
        unsent == 0
            ? ""
            : "; \(Wording.count(unsent)) more were never sent, because the generator was saturated, "
                + "and might have gone either way"
    }

    private mutating func count(_ operation: Operation) {
        requested += 1
        guard !operation.isSaturated else {
            unsent += 1
            return
        }
        switch operation.outcome {
        case .ok: latencies.append(Double(max(0, operation.latency.count)))
        case .failed: failed += 1
        case .indeterminate: indeterminate += 1
        }
    }
}
