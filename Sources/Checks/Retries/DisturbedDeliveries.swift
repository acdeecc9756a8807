import Records

/// When deliveries said nothing of the redelivery policy: faults, stalls, and a long queue.
struct DisturbedDeliveries {
    /// How long after a fault's end deliveries may still be out of step.
    private static let settle = Nanoseconds(1_000_000_000)
    /// The width of the windows in which the queue's lateness is looked at.
    private static let width = Nanoseconds(250_000_000)

    /// The end of the time in which consumers consumed as the playbook says.
    let end: DrillTime
    private let ranges: TimeRanges

    init(_ evidence: JudgedEvidence, lateness: Nanoseconds) {
        let operations = evidence.evidence.operations
        let horizon = evidence.horizon
        let phases = PhaseTimes(evidence.evidence.events, horizon: horizon)
        end = min(
            evidence.lastIntendedEnqueue ?? .zero, phases[.drain]?.lowerBound ?? horizon)
        let faults = evidence.faultWindows.filter { !$0.isNetwork }.map { window in
            let range = window.range(until: horizon)
            return range.lowerBound..<(range.upperBound + Self.settle)
        }
        let limit = max(lateness, Self.width)
        ranges = TimeRanges(
            faults + Self.stalls(operations) + Self.backlogs(operations, lateness: limit))
    }

    func isDisturbed(from start: DrillTime, to end: DrillTime) -> Bool {
        ranges.overlaps(from: start, to: end)
    }

    /// Times without any delivery that are far longer than the usual time between two.
    private static func stalls(_ operations: [Operation]) -> [Range<DrillTime>] {
        let deliveries = operations.filter {
            $0.kind == .reserve && $0.outcome == .ok && $0.message != nil
        }.map(\.ended).sorted()
        let pauses = zip(deliveries, deliveries.dropFirst()).map { ($0, $1) }
        let usual = Quantile.median(pauses.map { Double(($0.1 - $0.0).count) }) ?? 0
        let limit = max(500e6, 20 * usual)
        return pauses.filter { Double(($0.1 - $0.0).count) > limit }.map { $0.0..<$0.1 }
    }

    /// Windows in which new messages came out later than the tolerance.
    private static func backlogs(_ operations: [Operation], lateness: Nanoseconds)
        -> [Range<DrillTime>]
    {
        var acknowledged: [MessageIdentifier: DrillTime] = [:]
        for operation in operations where operation.kind == .enqueue && operation.outcome == .ok {
            if let message = operation.message { acknowledged[message] = operation.ended }
        }
        // Only the first delivery of a message tells how long the queue is.
        var delivered: [MessageIdentifier: DrillTime] = [:]
        for operation in operations where operation.kind == .reserve && operation.outcome == .ok {
            guard let message = operation.message, acknowledged[message] != nil else { continue }
            delivered[message] = min(delivered[message] ?? operation.ended, operation.ended)
        }
        var waits: [Int64: [Double]] = [:]
        for (message, time) in delivered {
            guard let since = acknowledged[message] else { continue }
            let window = time.nanoseconds / width.count
            waits[window, default: []].append(Double((time - since).count))
        }
        return waits.compactMap { window, waits in
            guard let median = Quantile.median(waits), median > Double(lateness.count) else {
                return nil
            }
            let start = DrillTime(nanoseconds: window * width.count)
            return start..<(start + width)
        }
    }
}
