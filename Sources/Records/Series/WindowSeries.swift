/// The workload over time, cut into windows of one width: what charts draw and checks compare.
///
/// A request belongs to the window of its intended start, so that a stall is seen where it was felt
/// and not where it ended. Acknowledgements and deliveries, which are throughput, belong to the
/// window in which they came.
public struct WindowSeries: Sendable, Equatable {
    /// The shortest width of a window.
    public static let shortestWidth = Nanoseconds(250_000_000)
    /// The fewest requests that a window shall hold, so that its 99th percentile means something.
    public static let samplesPerWindow = 100.0
    /// The most windows of one series; a longer range gets wider windows.
    public static let mostWindows = 200_000

    public let start: DrillTime
    public let width: Nanoseconds
    public let windows: [Window]

    /// What happened in one window.
    public struct Window: Sendable, Equatable {
        public var start: DrillTime
        /// Enqueues whose intended start lies in the window.
        public var requested: Int
        /// Those of them that were acknowledged, sooner or later.
        public var succeeded: Int
        /// Enqueues acknowledged within the window, whenever they were intended.
        public var acknowledged: Int
        /// Messages delivered within the window, redeliveries included.
        public var delivered: Int
        /// Quantiles of the latency of the succeeded enqueues; nil when there is none.
        public var median: Nanoseconds?
        public var percentile99: Nanoseconds?
        public var maximum: Nanoseconds?

        /// The share of requested enqueues that were not acknowledged; nil when none was requested.
        public var errorRate: Double? {
            requested == 0 ? nil : Double(requested - succeeded) / Double(requested)
        }
    }

    /// Cuts the operations from `start` up to, and without, `end` into windows.
    ///
    /// A last window that would be cut short is left out when `wholeWindowsOnly` is set.
    public init(
        of operations: [Operation], from start: DrillTime, to end: DrillTime,
        width: Nanoseconds = WindowSeries.shortestWidth, wholeWindowsOnly: Bool = false
    ) {
        let (difference, overflow) = end.nanoseconds.subtractingReportingOverflow(
            start.nanoseconds)
        let span = overflow ? 0 : max(0, difference)
        let width = max(1, width.count, span / Int64(Self.mostWindows) + 1)
        let count = Int(span / width) + (wholeWindowsOnly || span % width == 0 ? 0 : 1)
        self.start = start
        self.width = Nanoseconds(width)
        var builder = WindowBuilder(start: start, width: width, count: count)
        builder.add(operations)
        windows = builder.windows()
    }

    /// Cuts the whole load, from its first intended start to its last outcome.
    public init(
        of operations: [Operation], width: Nanoseconds = WindowSeries.shortestWidth
    ) {
        var first = Int64.max
        var last = Int64.min
        for operation in operations where operation.kind == .enqueue {
            first = min(first, operation.intended.nanoseconds)
            last = max(last, operation.ended.nanoseconds)
        }
        guard first <= last, last < .max else {
            self.init(of: [], from: .zero, to: .zero, width: width)
            return
        }
        self.init(
            of: operations, from: DrillTime(nanoseconds: first),
            to: DrillTime(nanoseconds: last + 1), width: width)
    }

    /// The width at which a window holds about 100 requests: 250 ms or a whole multiple of it.
    ///
    /// A rate up to a tenth short of the mark keeps the narrower window, because the rate that is
    /// measured of an open loop always falls a little short of the one that was asked for.
    public static func width(requestsPerSecond rate: Double) -> Nanoseconds {
        guard rate.isFinite, rate > 0 else { return Nanoseconds(shortestWidth.count * 240) }
        let needed = 0.9 * samplesPerWindow / rate
        let multiples = (needed / shortestWidth.seconds).rounded(.up)
        return Nanoseconds(shortestWidth.count * Int64(min(max(multiples, 1), 240)))
    }

    /// The rate of a count of one window, a second.
    public func perSecond(_ count: Int) -> Double {
        Double(count) / width.seconds
    }
}
