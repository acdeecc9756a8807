/// Sorts operations into windows: two passes over them, and one array of latencies for all windows.
struct WindowBuilder {
    private let start: Int64
    private let width: Int64
    private var requested: [Int]
    private var succeeded: [Int]
    private var acknowledged: [Int]
    private var delivered: [Int]
    /// The latencies of all windows, one window after the other.
    private var latencies: [Int64] = []
    private var offsets: [Int] = [0]

    init(start: DrillTime, width: Int64, count: Int) {
        self.start = start.nanoseconds
        self.width = width
        requested = Array(repeating: 0, count: count)
        succeeded = requested
        acknowledged = requested
        delivered = requested
    }

    private func window(of time: DrillTime) -> Int? {
        let (distance, overflow) = time.nanoseconds.subtractingReportingOverflow(start)
        guard !overflow, distance >= 0 else { return nil }
        let index = distance / width
        return index < Int64(requested.count) ? Int(index) : nil
    }

    mutating func add(_ operations: [Operation]) {
        for operation in operations {
            switch operation.kind {
            case .enqueue:
                if let window = window(of: operation.intended) {
                    requested[window] += 1
                    succeeded[window] += operation.outcome == .ok ? 1 : 0
                }
                if operation.outcome == .ok, let window = window(of: operation.ended) {
                    acknowledged[window] += 1
                }
            case .reserve:
                if operation.outcome == .ok, operation.message != nil,
                    let window = window(of: operation.ended)
                {
                    delivered[window] += 1
                }
            case .acknowledge, .refuse:
                break
            }
        }
        collectLatencies(operations)
    }

    private mutating func collectLatencies(_ operations: [Operation]) {
        offsets = [0]
        for count in succeeded { offsets.append(offsets[offsets.count - 1] + count) }
        latencies = Array(repeating: 0, count: offsets[offsets.count - 1])
        var next = offsets
        for operation in operations where operation.kind == .enqueue && operation.outcome == .ok {
            guard let window = window(of: operation.intended) else { continue }
            let (latency, overflow) = operation.ended.nanoseconds.subtractingReportingOverflow(
                operation.intended.nanoseconds)
            latencies[next[window]] = overflow ? .max : max(0, latency)
            next[window] += 1
        }
    }

    mutating func windows() -> [WindowSeries.Window] {
        requested.indices.map { index in
            let range = offsets[index]..<offsets[index + 1]
            latencies[range].sort()
            let sorted = latencies[range]
            return WindowSeries.Window(
                start: DrillTime(nanoseconds: start + Int64(index) * width),
                requested: requested[index], succeeded: succeeded[index],
                acknowledged: acknowledged[index], delivered: delivered[index],
                median: Self.quantile(0.5, of: sorted),
                percentile99: Self.quantile(0.99, of: sorted),
                maximum: sorted.last.map(Nanoseconds.init))
        }
    }

    /// The nearest-rank quantile: the smallest value that at least `q` of the values do not exceed.
    private static func quantile(_ q: Double, of sorted: ArraySlice<Int64>) -> Nanoseconds? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((q * Double(sorted.count)).rounded(.up))
        return Nanoseconds(sorted[sorted.startIndex + min(max(rank, 1), sorted.count) - 1])
    }
}
