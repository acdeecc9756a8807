public import Kernel

/// What one drill has of its host, as far as other drills must know it.
public struct HostUse: Sendable, Codable, Equatable {
    /// What no two drills may change at the same time: `queueing of lo in net:[4026531840]`.
    public var resources: Set<String> = []
    /// The faults that are in, or on their way in or out.
    public var faults: Set<String> = []
    /// Every process that was hit so far.
    public var processes: Set<ProcessIdentity> = []
    /// Bytes of ballast that are in place.
    public var disk: Int64 = 0

    public init() {}
}
