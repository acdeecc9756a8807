import Records

/// How long messages that were acknowledged in some time took to their first delivery; pure.
struct DeliveryTimes {
    /// Nanoseconds from the acknowledgement to the first delivery; sorted.
    let delivered: [Double]
    /// Nanoseconds for which those waited in vain that were not delivered by the drill's end.
    let undelivered: [Double]
    /// Nanoseconds from the last delivery of all to the drill's end.
    let silence: Double

    init(_ evidence: JudgedEvidence, in ranges: TimeRanges) {
        var acknowledged: [MessageIdentifier: DrillTime] = [:]
        var first: [MessageIdentifier: DrillTime] = [:]
        for operation in evidence.evidence.operations where operation.outcome == .ok {
            guard let message = operation.message else { continue }
            switch operation.kind {
            case .enqueue where ranges.contains(operation.ended):
                acknowledged[message] = operation.ended
            case .reserve:
                first[message] = min(first[message] ?? operation.ended, operation.ended)
            case .enqueue, .acknowledge, .refuse: break
            }
        }
        // A message may come out before its acknowledgement does.
        func wait(_ from: DrillTime, _ to: DrillTime) -> Double {
            Double(max(0, (to - from).count))
        }
        delivered = acknowledged.compactMap { message, time in
            first[message].map { wait(time, $0) }
        }.sorted()
        // Until the drain's end somebody asked for them.
        let horizon = evidence.horizon
        let phases = PhaseTimes(evidence.evidence.events, horizon: horizon)
        let end = max(horizon, phases[.drain]?.upperBound ?? horizon)
        undelivered = acknowledged.filter { first[$0.key] == nil }.map { wait($0.value, end) }
        silence = wait(first.values.max() ?? .zero, end)
    }
}
