private import CNetlink

/// A filter as the kernel lists it, where it ends, with where it sends packets to.
struct Redirection: Equatable {
    var handle: UInt32
    /// Its priority and protocol.
    var info: UInt32
    /// The index of the interface that packets are redirected to; nil for a filter of another kind.
    var target: Int32?
    /// How many packets were.
    var packets: UInt64

    /// Parses the payload of RTM_NEWTFILTER; nil when it is cut short, and for u32's hash tables.
    init?(message: ArraySlice<UInt8>) {
        guard let handle = message.integer(at: 8, as: UInt32.self),
            let info = message.integer(at: 16, as: UInt32.self), message.count >= 20
        else { return nil }
        self.handle = handle
        self.info = info
        packets = 0
        let attributes = NetlinkAttributes(message.dropFirst(20))
        let options = attributes[Int(TCA_OPTIONS)].map { NetlinkAttributes($0) }
        if attributes.string(Int(TCA_KIND)) == "u32", options?[TCA_U32_SEL] == nil { return nil }
        guard let action = options?[TCA_U32_ACT].flatMap({ NetlinkAttributes($0).all.first }) else {
            return
        }
        let parts = NetlinkAttributes(action.payload)
        guard parts.string(Int(TCA_ACT_KIND)) == "mirred" else { return }
        // struct tc_mirred: index, capabilities, action, two counts, what is done, interface.
        target = parts[Int(TCA_ACT_OPTIONS)].flatMap { NetlinkAttributes($0)[Self.parameters] }?
            .integer(at: 24, as: Int32.self)
        // TCA_STATS_BASIC of linux/gen_stats.h: bytes, packets.
        packets =
            parts[Int(TCA_ACT_STATS)].flatMap { NetlinkAttributes($0)[1] }?
            .integer(at: 8, as: UInt32.self).map(UInt64.init) ?? 0
    }

    /// TCA_MIRRED_PARMS of linux/tc_act/tc_mirred.h.
    static let parameters = 2

    /// The payload of TCA_MIRRED_PARMS that steals packets for the egress of an interface.
    static func mirred(to interface: Int32) -> [UInt8] {
        // TC_ACT_STOLEN, TCA_EGRESS_REDIR.
        nativeBytes(
            UInt32(0), UInt32(0), Int32(4), Int32(0), Int32(0), Int32(1), interface)
    }
}
