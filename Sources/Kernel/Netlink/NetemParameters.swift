/// What a netem qdisc does to packets (tc-netem(8), linux/pkt_sched.h).
///
/// Every parameter is sent every time, neutral ones too: the kernel keeps what a message leaves out.
public struct NetemParameters: Sendable, Hashable {
    /// Added to every packet; at most 2^62 ns.
    public var delay: Duration
    /// Half the width of the uniform distribution around the delay; at most 2.147 s (INT_MAX ns).
    public var jitter: Duration
    /// Share of packets that are dropped, 0...1, uncorrelated.
    public var loss: Double
    /// Share of packets that are sent twice, 0...1.
    public var duplicate: Double
    /// Share of packets that are sent at once instead of delayed, 0...1; needs a delay.
    public var reorder: Double
    /// Share of packets with one flipped bit, 0...1.
    public var corrupt: Double
    /// Bytes a second; nil for no bound.
    public var rate: UInt64?
    /// Seeds the kernel's random numbers where it can be seeded (Linux 6.6); nil for the kernel's own.
    public var seed: UInt64?

    public init(
        delay: Duration = .zero, jitter: Duration = .zero, loss: Double = 0, duplicate: Double = 0,
        reorder: Double = 0, corrupt: Double = 0, rate: UInt64? = nil, seed: UInt64? = nil
    ) {
        self.delay = delay
        self.jitter = jitter
        self.loss = loss
        self.duplicate = duplicate
        self.reorder = reorder
        self.corrupt = corrupt
        self.rate = rate
        self.seed = seed
    }

    /// How many packets the queue holds: twice what a million packets a second bring in the longest
    /// delay, or what the rate can bring, never under 10,000.
    ///
    /// The kernel's own default of 1000 drops packets long before, and 0 drops them all.
    public var limit: UInt32 {
        let longest = Double(delay.inNanoseconds + jitter.inNanoseconds) / 1e9
        let packetsPerSecond = rate.map { Double($0) / 64 } ?? 1e6
        return UInt32(clamping: Int64(max(10_000, min(2 * packetsPerSecond * longest, 4e9))))
    }

    /// Why the kernel could not do this, or would do something else; nil when it can.
    public var objection: String? {
        if delay < .zero || jitter < .zero { return "a delay or jitter is negative" }
        if jitter > .nanoseconds(Int64(Int32.max)) { return "the jitter is over 2.147 s" }
        if jitter > delay { return "the jitter is larger than the delay" }
        let shares = [loss, duplicate, reorder, corrupt]
        if !shares.allSatisfy({ (0...1).contains($0) }) { return "a share is outside of 0 to 1" }
        if reorder > 0 && delay == .zero { return "reordering needs a delay" }
        if rate == 0 { return "a rate of 0 would stop everything" }
        return nil
    }

    /// A share as the kernel keeps it: of 2^32 - 1.
    static func probability(_ share: Double) -> UInt32 {
        UInt32((share * Double(UInt32.max)).rounded())
    }
}
