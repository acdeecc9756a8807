import Records

/// What the workload saw in one window of a drill.
struct OperationWindow: Sendable {
    /// Enqueues whose intended start lies in the window.
    var attempted = 0
    var failed = 0
    var indeterminate = 0
    /// Enqueues that were acknowledged in the window.
    var acknowledged = 0
    /// Messages that were delivered in the window.
    var delivered = 0
    /// Tries of enqueues that were begun in the window, and those that did not succeed.
    var tries = 0
    var failedTries = 0
    /// Messages whose acknowledgement fell in the window and that never came out.
    var lost = 0
    /// Latencies of acknowledged enqueues whose intended start lies in the window.
    var latency = LatencyHistogram(precision: 5)
}

/// A drill's operations, counted in windows of one width.
struct OperationWindows: Sendable {
    let width: Int64
    var windows: [OperationWindow]

    /// Makes at most `limit` empty windows of a round width that cover `span` nanoseconds.
    init(span: Int64, limit: Int = 240) {
        let milliseconds: [Int64] = [
            50, 100, 250, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
            600_000, 1_800_000, 3_600_000,
        ]
        let span = max(1, span)
        let atLeast = span / Int64(limit) + 1
        width = milliseconds.lazy.map { $0 * 1_000_000 }.first { $0 >= atLeast } ?? atLeast
        let count = Int((span - 1) / width) + 1
        windows = Array(repeating: OperationWindow(), count: count)
    }

    /// The window that `time` falls in; times outside belong to the nearest window.
    func index(of time: DrillTime) -> Int {
        min(windows.count - 1, max(0, Int(time.nanoseconds / width)))
    }

    func start(of index: Int) -> DrillTime {
        DrillTime(nanoseconds: Int64(index) * width)
    }

    /// Events a second for a number of events in one window.
    func rate(_ count: Int) -> Double { Double(count) * 1e9 / Double(width) }
}
