import Records

/// When the phases of a drill were, read from its events.
struct PhaseTimes: Equatable {
    private(set) var ranges: [Phase: Range<DrillTime>] = [:]

    /// Reads the phases; one that began and never ended lasts until `horizon`.
    init(_ events: [Event], horizon: DrillTime) {
        var started: [Phase: DrillTime] = [:]
        for event in events {
            guard let phase = Phase(rawValue: event.subject) else { continue }
            switch event.kind {
            case .phaseStarted:
                started[phase] = event.time
            case .phaseEnded:
                if let start = started.removeValue(forKey: phase) {
                    ranges[phase] = start..<max(start, event.time)
                }
            default:
                break
            }
        }
        for (phase, start) in started { ranges[phase] = start..<max(start, horizon) }
    }

    subscript(phase: Phase) -> Range<DrillTime>? { ranges[phase] }

    /// The time that counts: from the end of the warm-up to the end of the recovery.
    func measured(first: DrillTime, horizon: DrillTime) -> Range<DrillTime> {
        let start = ranges[.warmup]?.upperBound ?? ranges[.baseline]?.lowerBound ?? first
        let end = ranges[.drain]?.lowerBound ?? ranges[.recovery]?.upperBound ?? horizon
        return start..<max(start, end)
    }
}

extension JudgedEvidence {
    /// The last moment of which the workload knows anything; zero without operations.
    var horizon: DrillTime {
        evidence.operations.reduce(DrillTime.zero) { max($0, $1.ended) }
    }

    /// When the load began to be offered; zero without enqueues.
    var firstEnqueue: DrillTime {
        var first: DrillTime?
        for operation in evidence.operations where operation.kind == .enqueue {
            first = min(first ?? operation.intended, operation.intended)
        }
        return first ?? .zero
    }

    /// The last intended start of an enqueue: after it there was no load.
    var lastIntendedEnqueue: DrillTime? {
        var last: DrillTime?
        for operation in evidence.operations where operation.kind == .enqueue {
            last = max(last ?? operation.intended, operation.intended)
        }
        return last
    }
}
