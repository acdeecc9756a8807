public import Records

/// Somebody who watches a drill: the terminal, a log, a page.
public protocol DrillObserver: Sendable {
    /// The drill begins; its evidence goes to `directory`.
    func drillStarted(_ header: DrillHeader, directory: String)
    func drillRecorded(_ event: Event)
    /// Called twice a second while the load runs.
    func drillProgressed(_ progress: DrillProgress)
    func drillEnded(_ verdict: Verdict)
}

/// How a drill stands at one moment.
public struct DrillProgress: Sendable, Equatable {
    public var time: DrillTime
    public var phase: Phase
    public var attempted: Int
    public var acknowledged: Int
    public var delivered: Int
    /// Acknowledged enqueues a second over the last second.
    public var rate: Double?
    public var errorRate: Double?
    /// The 99th percentile of the enqueue latency over the last two seconds.
    public var p99: Nanoseconds?
    /// What is in: `network.delay`.
    public var faults: [String]

    public init(
        time: DrillTime, phase: Phase, attempted: Int, acknowledged: Int, delivered: Int,
        rate: Double?, errorRate: Double?, p99: Nanoseconds?, faults: [String]
    ) {
        self.time = time
        self.phase = phase
        self.attempted = attempted
        self.acknowledged = acknowledged
        self.delivered = delivered
        self.rate = rate
        self.errorRate = errorRate
        self.p99 = p99
        self.faults = faults
    }
}
