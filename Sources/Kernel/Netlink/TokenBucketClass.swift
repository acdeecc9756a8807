private import CNetlink

/// The parameters of an htb class (`struct tc_htb_opt`, linux/pkt_sched.h).
struct TokenBucketClass: Equatable {
    /// Bytes a second.
    var rate: UInt64
    /// What it may borrow up to: the same, for it has no parent.
    var ceiling: UInt64

    /// More than any loopback carries: 1 TB a second.
    static let unlimited: UInt64 = 1_000_000_000_000

    init(rate: UInt64) {
        self.rate = rate
        ceiling = rate
    }

    /// Parses the payload of RTM_NEWTCLASS; nil when it is cut short.
    init?(message: ArraySlice<UInt8>) {
        let attributes = NetlinkAttributes(message.dropFirst(20))
        guard let options = attributes[Int(TCA_OPTIONS)] else { return nil }
        let nested = NetlinkAttributes(options)
        guard let parameters = nested[Int(TCA_HTB_PARMS)],
            let rate = parameters.integer(at: 8, as: UInt32.self),
            let ceiling = parameters.integer(at: 20, as: UInt32.self)
        else { return nil }
        self.rate =
            nested[Int(TCA_HTB_RATE64)]?.integer(at: 0, as: UInt64.self) ?? UInt64(rate)
        self.ceiling =
            nested[Int(TCA_HTB_CEIL64)]?.integer(at: 0, as: UInt64.self) ?? UInt64(ceiling)
    }

    /// Appends the class's attributes to a message.
    func append(to message: borrowing NetlinkMessage) throws(KernelError) {
        try message.put(Int(TCA_HTB_PARMS), parameters)
        if rate > UInt64(UInt32.max) {
            try message.put(Int(TCA_HTB_RATE64), nativeBytes(rate))
            try message.put(Int(TCA_HTB_CEIL64), nativeBytes(ceiling))
        }
    }

    var parameters: [UInt8] {
        // Credit for 10 ms, so that a late timer costs no rate; in ticks of 64 ns.
        let credit = UInt32(10_000_000 / 64)
        return rateSpecification(rate) + rateSpecification(ceiling)
            // buffer, cbuffer, quantum, level, prio; no quantum is derived from the rate.
            + nativeBytes(credit, credit, UInt32(65_536), UInt32(0), UInt32(0))
    }

    /// A `struct tc_ratespec`; the link layer Ethernet (1) needs no table of rates.
    private func rateSpecification(_ rate: UInt64) -> [UInt8] {
        [0, 1] + nativeBytes(UInt16(0), Int16(0), UInt16(0), UInt32(clamping: rate))
    }
}

/// What has passed an htb class (`struct tc_stats`, linux/pkt_sched.h).
public struct TokenBucketStatistics: Sendable, Hashable {
    /// Bytes that left it, headers included.
    public var bytes: UInt64
    public var packets: UInt32
    /// Packets that its queue had no room for.
    public var drops: UInt32
    /// Packets that wait in it now.
    public var queued: UInt32
    public var queuedBytes: UInt32

    public init(
        bytes: UInt64, packets: UInt32 = 0, drops: UInt32 = 0, queued: UInt32 = 0,
        queuedBytes: UInt32 = 0
    ) {
        self.bytes = bytes
        self.packets = packets
        self.drops = drops
        self.queued = queued
        self.queuedBytes = queuedBytes
    }

    /// Parses the payload of RTM_NEWTCLASS; nil where it has no statistics.
    init?(message: ArraySlice<UInt8>) {
        guard let statistics = NetlinkAttributes(message.dropFirst(20))[Int(TCA_STATS)],
            let bytes = statistics.integer(at: 0, as: UInt64.self),
            let packets = statistics.integer(at: 8, as: UInt32.self),
            let drops = statistics.integer(at: 12, as: UInt32.self),
            let queued = statistics.integer(at: 28, as: UInt32.self),
            let queuedBytes = statistics.integer(at: 32, as: UInt32.self)
        else { return nil }
        self.init(
            bytes: bytes, packets: packets, drops: drops, queued: queued,
            queuedBytes: queuedBytes)
    }
}
