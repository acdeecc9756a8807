/// How many drills a service runs at the same time, and how many wait for it.
public struct SchedulerLimits: Sendable, Equatable {
    /// Drills on this host.
    public var host: Int
    /// Drills that disturb the same target.
    public var target: Int
    /// Occurrences that wait for room; more are missed.
    public var waiting: Int

    public init(host: Int = 1, target: Int = 1, waiting: Int = 100_000) {
        self.host = host
        self.target = target
        self.waiting = waiting
    }
}
