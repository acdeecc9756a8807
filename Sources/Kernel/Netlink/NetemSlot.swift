/// How netem holds packets back for slots of a shared medium (tc-netem(8), `slot`).
///
/// Packets leave together when a slot begins; how long the next one is away is drawn evenly between
/// two delays, or around a delay by a distribution.
public struct NetemSlot: Sendable, Hashable {
    /// When the next slot begins after the last.
    public enum Spacing: Sendable, Hashable {
        case uniform(ClosedRange<Duration>)
        case distributed(Duration, jitter: Duration, DelayDistribution)
    }

    public var spacing: Spacing
    /// At most so many packets in a slot; 0 for any number.
    public var packets: Int32
    /// At most so many bytes in a slot; 0 for any number.
    public var bytes: Int32

    public init(_ spacing: Spacing, packets: Int32 = 0, bytes: Int32 = 0) {
        self.spacing = spacing
        self.packets = packets
        self.bytes = bytes
    }

    /// The longest that a packet may wait for its slot.
    var longestWait: Duration {
        switch spacing {
        case .uniform(let range): range.upperBound
        case .distributed(let delay, let jitter, _): delay + jitter * 4
        }
    }

    /// Why the kernel could not do this; nil when it can.
    var objection: String? {
        if packets < 0 || bytes < 0 { return "a slot holds a negative number" }
        switch spacing {
        case .uniform(let range):
            if range.lowerBound < .zero { return "a slot is a negative time away" }
            if range.upperBound == .zero { return "slots without a time between them are none" }
        case .distributed(let delay, let jitter, _):
            if delay < .zero || jitter <= .zero { return "the slots' jitter is not positive" }
            if jitter > .nanoseconds(Int64(Int32.max)) {
                return "the slots' jitter is over 2.147 s"
            }
        }
        return nil
    }
}
