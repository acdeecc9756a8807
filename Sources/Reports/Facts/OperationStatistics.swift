import Records

/// Every number that a report draws from the operations, gathered in one pass.
struct OperationStatistics: Sendable {
    private(set) var windows: OperationWindows
    /// The intervals asked for, in their order, filled.
    private(set) var intervals: [IntervalStatistics]
    private(set) var attempted = 0
    private(set) var acknowledged = 0
    private(set) var failed = 0
    private(set) var indeterminate = 0
    private(set) var deliveries = 0
    private(set) var tries = 0
    /// The longest time without an acknowledged enqueue, between the first and the last one.
    private(set) var longestSilence: ClosedRange<DrillTime>?
    private(set) var retries: RetryPicture

    init(
        _ operations: [Operation], end: DrillTime, intervals: [IntervalStatistics],
        lost: [LedgerSummary.LostMessage]
    ) {
        windows = OperationWindows(span: end.nanoseconds)
        self.intervals = intervals
        retries = RetryPicture()
        var silence = SilenceFinder(span: end.nanoseconds)
        for operation in operations {
            switch operation.kind {
            case .enqueue:
                add(enqueue: operation)
                if operation.outcome == .ok { silence.add(operation.ended) }
            case .reserve where operation.outcome == .ok && operation.message != nil:
                deliveries += 1
                windows.windows[windows.index(of: operation.ended)].delivered += 1
            case .reserve, .acknowledge, .refuse:
                break
            }
        }
        for message in lost {
            windows.windows[windows.index(of: message.acknowledgedAt)].lost += 1
        }
        longestSilence = silence.longest
    }

    private mutating func add(enqueue operation: Operation) {
        attempted += 1
        let index = windows.index(of: operation.intended)
        windows.windows[index].attempted += 1
        switch operation.outcome {
        case .ok:
            acknowledged += 1
            windows.windows[index].latency.record(operation.latency.count)
            windows.windows[windows.index(of: operation.ended)].acknowledged += 1
        case .failed:
            failed += 1
            windows.windows[index].failed += 1
        case .indeterminate:
            indeterminate += 1
            windows.windows[index].indeterminate += 1
        }
        for attempt in operation.attempts {
            let index = windows.index(of: attempt.started)
            windows.windows[index].tries += 1
            if attempt.outcome != .ok { windows.windows[index].failedTries += 1 }
        }
        tries += operation.attempts.count
        if operation.attempts.count > 1 { retries.add(operation) }
        for index in intervals.indices where intervals[index].contains(operation.intended) {
            intervals[index].add(operation)
        }
    }
}

/// What the producers saw between two moments.
struct IntervalStatistics: Sendable {
    let name: String
    let start: DrillTime
    let end: DrillTime
    private(set) var attempted = 0
    private(set) var acknowledged = 0
    private(set) var unacknowledged = 0
    private(set) var latency = LatencyHistogram(precision: 8)

    init(name: String, start: DrillTime, end: DrillTime) {
        self.name = name
        self.start = start
        self.end = end
    }

    func contains(_ time: DrillTime) -> Bool { time >= start && time < end }

    fileprivate mutating func add(_ operation: Operation) {
        attempted += 1
        if operation.outcome == .ok {
            acknowledged += 1
            latency.record(operation.latency.count)
        } else {
            unacknowledged += 1
        }
    }

    /// Acknowledged enqueues a second, of those that were intended in the interval.
    var rate: Double { Double(acknowledged) / max(1e-9, (end - start).seconds) }

    /// The share of enqueues that were not acknowledged; nil when there were none.
    var errorRate: Double? {
        attempted == 0 ? nil : Double(unacknowledged) / Double(attempted)
    }
}

/// Finds the longest time between neighbouring moments that come in any order.
///
/// Only the first and last moment of each of 65,536 bins is kept; a silence longer than a bin lies
/// between two bins, so the result is exact for any silence longer than that.
private struct SilenceFinder {
    private static let bins = 65_536
    private let width: Int64
    private var first: [Int64] = []
    private var last: [Int64] = []

    init(span: Int64) {
        width = max(1, span / Int64(Self.bins) + 1)
    }

    mutating func add(_ time: DrillTime) {
        if first.isEmpty {
            first = Array(repeating: .max, count: Self.bins)
            last = Array(repeating: .min, count: Self.bins)
        }
        let index = min(first.count - 1, max(0, Int(time.nanoseconds / width)))
        first[index] = min(first[index], time.nanoseconds)
        last[index] = max(last[index], time.nanoseconds)
    }

    var longest: ClosedRange<DrillTime>? {
        var previous: Int64?
        var best: ClosedRange<Int64>?
        for index in first.indices where first[index] != .max {
            if let previous,
                first[index] - previous > best.map({ $0.upperBound - $0.lowerBound }) ?? 0
            {
                best = previous...first[index]
            }
            previous = last[index]
        }
        return best.map {
            DrillTime(nanoseconds: $0.lowerBound)...DrillTime(nanoseconds: $0.upperBound)
        }
    }
}
