/// What a netem qdisc does to packets (tc-netem(8), linux/pkt_sched.h).
///
/// Every parameter is sent every time, neutral ones too: the kernel keeps what a message leaves out.
/// There are no correlations: those of netem do not do what they say. A loss of 20 % with one of
/// 75 % loses 0.16 %, and that of a delay does nothing while the jitter is under 2 s.
public struct NetemParameters: Sendable, Hashable {
    /// Added to every packet; at most 2^62 ns.
    public var delay: Duration
    /// How far the delay varies, evenly or by the distribution; at most 2.147 s (INT_MAX ns).
    public var jitter: Duration
    /// How the delay varies; nil for evenly by up to the jitter.
    public var distribution: DelayDistribution?
    public var loss: NetemLoss
    /// Share of packets that are sent twice, 0...1.
    public var duplicate: Double
    /// Share of packets that are sent at once instead of delayed, 0...1; needs a delay.
    public var reorder: Double
    /// Only every so many-th packet may be sent at once; 1 for each.
    public var reorderGap: UInt32
    /// Share of packets with one flipped bit, 0...1.
    public var corrupt: Double
    public var rate: NetemRate?
    public var slot: NetemSlot?
    /// Marks packets of flows that know ECN as having met congestion, instead of losing them.
    public var marksCongestion: Bool
    /// Seeds the kernel's random numbers where it can be seeded (Linux 6.6); nil for the kernel's own.
    public var seed: UInt64?

    public init(
        delay: Duration = .zero, jitter: Duration = .zero,
        distribution: DelayDistribution? = nil, loss: NetemLoss = .none, duplicate: Double = 0,
        reorder: Double = 0, reorderGap: UInt32 = 1, corrupt: Double = 0, rate: NetemRate? = nil,
        slot: NetemSlot? = nil, marksCongestion: Bool = false, seed: UInt64? = nil
    ) {
        self.delay = delay
        self.jitter = jitter
        self.distribution = distribution
        self.loss = loss
        self.duplicate = duplicate
        self.reorder = reorder
        self.reorderGap = reorderGap
        self.corrupt = corrupt
        self.rate = rate
        self.slot = slot
        self.marksCongestion = marksCongestion
        self.seed = seed
    }

    /// The longest that netem holds a packet, but for what waits for its rate.
    public var longestDelay: Duration {
        // A table ends four jitters from the mean.
        delay + jitter * (distribution == nil ? 1 : 4) + (slot?.longestWait ?? .zero)
    }

    /// How many packets the queue holds: twice what a million packets a second bring in the longest
    /// delay, never under 10,000.
    ///
    /// With a rate: twice what it can bring in the longest delay, and half a second of it beside, in
    /// packets of 512 bytes and never under 20, so that what waits has left soon after the end. The
    /// kernel's own default of 1000 drops packets long before, and 0 drops them all.
    public var limit: UInt32 {
        let longest = Double(longestDelay.inNanoseconds) / 1e9
        let packetsPerSecond = rate.map { Double($0.bytesPerSecond) / 64 } ?? 1e6
        let packets = 2 * packetsPerSecond * longest * (1 + duplicate)
        let beside = rate.map { max(20, Double($0.bytesPerSecond) / 2 / 512) }
        let all = beside.map { packets + $0 } ?? max(10_000, packets)
        return UInt32(clamping: Int64(min(all, 4e9)))
    }

    /// How long a full queue of ordinary packets takes to leave at the rate; zero without one.
    ///
    /// At most 15 s: what takes longer is given up, and counted as lost.
    public var longestDebt: Duration {
        guard let rate, rate.bytesPerSecond > 0 else { return .zero }
        return .seconds(min(15, Double(limit) * 1514 / Double(rate.bytesPerSecond)))
    }

    /// Why the kernel could not do this, or would do something else; nil when it can.
    public var objection: String? {
        if delay < .zero || jitter < .zero { return "a delay or jitter is negative" }
        if jitter > .nanoseconds(Int64(Int32.max)) { return "the jitter is over 2.147 s" }
        if jitter > delay && distribution == nil { return "the jitter is larger than the delay" }
        if distribution != nil && jitter == .zero { return "a distribution needs a jitter" }
        let shares = [duplicate, reorder, corrupt] + loss.shares
        if !shares.allSatisfy({ (0...1).contains($0) }) { return "a share is outside of 0 to 1" }
        if reorder > 0 && delay == .zero { return "reordering needs a delay" }
        if reorderGap == 0 { return "with a gap of 0 nothing is reordered" }
        if marksCongestion && loss == .none { return "marking instead of losing needs a loss" }
        if rate?.bytesPerSecond == 0 { return "a rate of 0 would stop everything" }
        return slot?.objection
    }

    /// A share as the kernel keeps it: of 2^32 - 1.
    static func probability(_ share: Double) -> UInt32 {
        UInt32((share * Double(UInt32.max)).rounded())
    }
}
