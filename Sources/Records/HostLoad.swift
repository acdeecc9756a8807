/// What became of the host's processors in one stretch of a drill; a line of `host.jsonl`.
///
/// It tells a service that is slow from a host that has no time for it.
public struct HostLoad: Sendable, Codable, Equatable {
    /// The end of the stretch, which began with the one before.
    public var time: DrillTime
    /// The share of all processors' time that nobody used.
    public var idle: Double
    /// The share that went to neither the drill nor what it started; time stolen by a hypervisor is
    /// part of it.
    public var others: Double

    public init(time: DrillTime, idle: Double, others: Double) {
        self.time = time
        self.idle = idle
        self.others = others
    }
}
