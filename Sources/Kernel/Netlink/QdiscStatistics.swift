private import CNetlink

/// What a qdisc has done since it was made (`struct tc_stats`, linux/pkt_sched.h).
public struct QdiscStatistics: Sendable, Hashable {
    /// Packets that left it.
    public var packets: UInt32
    public var drops: UInt32
    /// Packets that wait in it now.
    public var queued: UInt32

    public init(packets: UInt32, drops: UInt32, queued: UInt32) {
        self.packets = packets
        self.drops = drops
        self.queued = queued
    }

    /// Parses the payload of RTM_NEWQDISC; nil where it has no statistics.
    init?(message: ArraySlice<UInt8>) {
        guard let statistics = NetlinkAttributes(message.dropFirst(20))[Int(TCA_STATS)],
            let packets = statistics.integer(at: 8, as: UInt32.self),
            let drops = statistics.integer(at: 12, as: UInt32.self),
            let queued = statistics.integer(at: 28, as: UInt32.self)
        else { return nil }
        self.packets = packets
        self.drops = drops
        self.queued = queued
    }
}
