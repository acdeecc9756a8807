import Playbooks

/// How far a node's clock was off, by its own reading and ours before and after it; pure.
struct SkewReading: Sendable, Equatable {
    /// What the offset is certainly within, in nanoseconds.
    var bounds: ClosedRange<Int64>

    init(bounds: ClosedRange<Int64>) { self.bounds = bounds }

    /// - Parameters:
    ///   - node: What the node showed, in nanoseconds; cut off to milliseconds by some targets.
    ///   - before: Our own clock before it was asked.
    ///   - after: And when it had answered.
    init(node: Int64, before: Int64, after: Int64) {
        bounds = (node - max(before, after))...(node + 1_000_000 - before)
    }

    /// The middle of the bounds.
    var offset: Int64 { bounds.lowerBound + (bounds.upperBound - bounds.lowerBound) / 2 }

    /// Whether the clock may be off by exactly so much, give or take what others correct meanwhile.
    func allows(_ offset: Duration) -> Bool {
        let nanoseconds = offset.nanoseconds
        return nanoseconds >= bounds.lowerBound - Self.tolerance
            && nanoseconds <= bounds.upperBound + Self.tolerance
    }

    /// Two clocks of one kernel do not differ; one that NTP slews moves less than this meanwhile.
    private static let tolerance: Int64 = 5_000_000
}
