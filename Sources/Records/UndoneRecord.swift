/// What somebody other than the drill did about an open record.
public struct UndoneRecord: Sendable, Codable, Equatable {
    /// Who replayed it.
    public enum Actor: String, Sendable, Codable {
        /// The guardian, or the standby in its place.
        case guardian
        case revert
    }

    /// The identifier of the undo record.
    public var identifier: String
    /// Its summary.
    public var summary: String
    public var by: Actor
    /// When the replay began: nanoseconds of CLOCK_MONOTONIC of this boot.
    public var startedAt: Int64
    /// How long it took, verification included.
    public var duration: Nanoseconds
    /// The prior state beside the state read back after the replay.
    public var comparisons: [Comparison]
    /// Why the replay failed; nil when every step was done.
    public var failure: String?
    /// Whether the kernel took it out, and the actor has looked.
    public var isKernels: Bool?

    public init(
        identifier: String, summary: String, by: Actor, startedAt: Int64, duration: Nanoseconds,
        comparisons: [Comparison], failure: String? = nil, isKernels: Bool? = nil
    ) {
        self.identifier = identifier
        self.summary = summary
        self.by = by
        self.startedAt = startedAt
        self.duration = duration
        self.comparisons = comparisons
        self.failure = failure
        self.isKernels = isKernels
    }

    /// Whether every step was done and every comparison came out the same.
    public var isClean: Bool { failure == nil && comparisons.allSatisfy(\.isSame) }

    /// Whether it is clean, and somebody has looked at all of it.
    public var isVerified: Bool { isClean && !comparisons.contains { $0.isUnseen == true } }
}
