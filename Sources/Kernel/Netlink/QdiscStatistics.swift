private import CNetlink

/// What has passed a qdisc or a class since it was made (`struct tc_stats`, linux/pkt_sched.h).
public struct QdiscStatistics: Sendable, Hashable {
    /// Bytes that left it, headers included.
    public var bytes: UInt64
    /// Packets that left it.
    public var packets: UInt32
    public var drops: UInt32
    /// Packets that wait in it now.
    public var queued: UInt32
    public var queuedBytes: UInt32

    public init(
        bytes: UInt64 = 0, packets: UInt32 = 0, drops: UInt32 = 0, queued: UInt32 = 0,
        queuedBytes: UInt32 = 0
    ) {
        self.bytes = bytes
        self.packets = packets
        self.drops = drops
        self.queued = queued
        self.queuedBytes = queuedBytes
    }

    /// Parses the payload of RTM_NEWQDISC or RTM_NEWTCLASS; nil where it has no statistics.
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
