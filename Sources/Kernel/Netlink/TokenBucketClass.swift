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
