/// The clocks of a node, as the node itself reads them.
public struct NodeClock: Sendable, Equatable {
    /// Nanoseconds since 1970 in UTC.
    public var wall: Int64
    /// Nanoseconds of CLOCK_BOOTTIME; nil when the target shows no such clock.
    public var boot: Int64?

    public init(wall: Int64, boot: Int64? = nil) {
        self.wall = wall
        self.boot = boot
    }
}
