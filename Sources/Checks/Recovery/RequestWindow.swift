import Records

/// The requests whose intended start lies in one window, as the recovery method sees them.
struct RequestWindow {
    var requested = 0
    /// The latencies of the acknowledged ones, in nanoseconds; sorted.
    var latencies: [Double] = []

    /// Infinite when nothing was acknowledged: then no latency is good enough.
    var median: Double { Quantile.median(latencies) ?? .infinity }
    var percentile99: Double { Quantile.nearestRank(0.99, of: latencies) ?? .infinity }

    var successRate: Double {
        requested == 0 ? 0 : Double(latencies.count) / Double(requested)
    }

    /// Cuts the enqueues intended in `range` into whole windows.
    static func windows(
        of operations: [Operation], in range: Range<DrillTime>, width: Nanoseconds
    ) -> [RequestWindow] {
        let span = (range.upperBound - range.lowerBound).count
        let count = Int(min(span / width.count, Int64(WindowSeries.mostWindows)))
        var windows = [RequestWindow](repeating: RequestWindow(), count: max(0, count))
        for operation in operations
        where operation.kind == .enqueue && range.contains(operation.intended) {
            let index = Int((operation.intended - range.lowerBound).count / width.count)
            guard index < windows.count else { continue }
            windows[index].requested += 1
            if operation.outcome == .ok {
                windows[index].latencies.append(Double(max(0, operation.latency.count)))
            }
        }
        for index in windows.indices { windows[index].latencies.sort() }
        return windows
    }
}
