private import CNetlink

/// A u32 filter that steers packets into a class, or to another interface (tc-u32(8)).
///
/// u32 looks at fixed offsets: where ports count, it takes IPv4 packets only without IP options and
/// of an unfragmented or first fragment, and IPv6 packets only without extension headers.
struct PacketFilter: Equatable {
    var interface: Int32
    /// The qdisc it is attached to.
    var parent: UInt32
    /// The class it steers into.
    var target: UInt32
    var family: AddressRange.Family
    /// Its place among the filters of the qdisc, 1 is first; each family has one of its own.
    var priority: UInt32
    var keys: [PacketKey]
    /// The interface that packets are redirected to instead; nil for a filter that classifies.
    var redirection: Int32?

    /// The filters for an aim, with priorities from `priority` on.
    static func filters(
        for aim: PacketAim, interface: Int32, parent: UInt32, target: UInt32, priority: UInt32
    ) -> [PacketFilter] {
        aim.families.enumerated().flatMap { index, family in
            PacketKey.alternatives(for: aim, family: family).map { keys in
                PacketFilter(
                    interface: interface, parent: parent, target: target, family: family,
                    priority: priority + UInt32(index), keys: keys)
            }
        }
    }

    /// The message that creates it.
    func message() throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage(
            type: Int(RTM_NEWTFILTER), flags: NLM_F_CREATE | NLM_F_EXCL)
        // TC_H_MAKE(priority << 16, htons(ETH_P_IP or ETH_P_IPV6))
        let ethernetType: UInt16 = family == .v4 ? 0x0800 : 0x86dd
        let info = priority << 16 | UInt32(ethernetType.bigEndian)
        try message.append(
            trafficControlHeader(interface: interface, handle: 0, parent: parent, info: info))
        try message.put(Int(TCA_KIND), "u32")
        let selector = selector
        let (target, redirection) = (target, redirection)
        try message.nest(Int(TCA_OPTIONS)) { message throws(KernelError) in
            if redirection == nil { try message.put(TCA_U32_CLASSID, nativeBytes(target)) }
            try message.put(TCA_U32_SEL, selector)
            guard let redirection else { return }
            try message.nest(TCA_U32_ACT) { message throws(KernelError) in
                // The first action of the filter.
                try message.nest(1) { message throws(KernelError) in
                    try message.put(Int(TCA_ACT_KIND), "mirred")
                    try message.nest(Int(TCA_ACT_OPTIONS)) { message throws(KernelError) in
                        try message.put(
                            Redirection.parameters, Redirection.mirred(to: redirection))
                    }
                }
            }
        }
        return message
    }

    /// The message that deletes all filters of a qdisc.
    static func flush(interface: Int32, parent: UInt32) throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage(type: Int(RTM_DELTFILTER), flags: 0)
        try message.append(trafficControlHeader(interface: interface, handle: 0, parent: parent))
        return message
    }

    /// A `struct tc_u32_sel` and its keys; masks and values in network byte order.
    private var selector: [UInt8] {
        // TC_U32_TERMINAL, offshift, number of keys, padding; offmask, off, offoff, hoff; hmask.
        let head: [UInt8] = [1, 0, UInt8(keys.count), 0] + Array(repeating: 0, count: 12)
        return head
            + keys.flatMap {
                nativeBytes($0.mask.bigEndian, $0.value.bigEndian, $0.offset, Int32(0))
            }
    }
}
