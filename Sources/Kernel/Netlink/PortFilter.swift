private import CNetlink

/// A u32 filter that steers one TCP destination port's IPv4 packets into a class (tc-u32(8)).
struct PortFilter: Equatable {
    var interface: Int32
    /// The qdisc it is attached to.
    var parent: UInt32
    /// The class it steers into.
    var target: UInt32
    var port: UInt16
    /// Its place among the filters of the qdisc; 1 is first.
    var priority: UInt32

    /// The message that creates it.
    ///
    /// u32 looks at fixed offsets, so it takes only packets without IP options and of an
    /// unfragmented or first fragment, where the port is at byte 22.
    func message() throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage(
            type: Int(RTM_NEWTFILTER), flags: NLM_F_CREATE | NLM_F_EXCL)
        try appendHeader(to: message)
        try message.put(Int(TCA_KIND), "u32")
        let selector = selector
        let target = target
        try message.nest(Int(TCA_OPTIONS)) { message throws(KernelError) in
            try message.put(TCA_U32_CLASSID, nativeBytes(target))
            try message.put(TCA_U32_SEL, selector)
        }
        return message
    }

    /// The message that deletes all filters of its priority.
    func deletion() throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage(type: Int(RTM_DELTFILTER), flags: 0)
        try appendHeader(to: message)
        return message
    }

    private func appendHeader(to message: borrowing NetlinkMessage) throws(KernelError) {
        // TC_H_MAKE(priority << 16, htons(ETH_P_IP))
        let info = priority << 16 | UInt32(UInt16(0x0800).bigEndian)
        try message.append(
            trafficControlHeader(interface: interface, handle: 0, parent: parent, info: info))
    }

    /// A `struct tc_u32_sel` and its keys; masks and values in network byte order.
    private var selector: [UInt8] {
        let keys: [(mask: UInt32, value: UInt32, offset: Int32)] = [
            (0x0f00_0000, 0x0500_0000, 0),  // no IP options
            (0x0000_1fff, 0, 4),  // the first fragment or the only one
            (0x00ff_0000, 0x0006_0000, 8),  // TCP
            (0x0000_ffff, UInt32(port), 20),
        ]
        // TC_U32_TERMINAL, offshift, number of keys, padding; offmask, off, offoff, hoff; hmask.
        let head: [UInt8] = [1, 0, UInt8(keys.count), 0] + Array(repeating: 0, count: 12)
        return head
            + keys.flatMap {
                nativeBytes($0.mask.bigEndian, $0.value.bigEndian, $0.offset, Int32(0))
            }
    }
}
