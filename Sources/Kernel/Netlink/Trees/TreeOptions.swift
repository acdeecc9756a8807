private import CNetlink

/// What is special about the options of one kind of qdisc, class or filter.
///
/// Mostly the kernel takes back what it lists. The exceptions are counters among the options, and
/// values that it lists otherwise than it wants them (net/sched of Linux).
struct TreeOptions {
    var category: TrafficControlObject.Category
    var kind: String

    init(_ category: TrafficControlObject.Category, _ kind: String) {
        self.category = category
        self.kind = kind
    }

    /// Kinds whose options say all there is to know of them.
    var isRebuildable: Bool {
        let kinds: Set<String> =
            switch category {
            case .qdisc:
                [
                    "pfifo", "bfifo", "pfifo_head_drop", "pfifo_fast", "prio", "tbf", "htb",
                    "codel", "fq_codel", "fq",
                ]
            case .trafficClass: ["htb"]
            case .filter: ["u32", "fw", "basic", "matchall"]
            }
        return kinds.contains(kind)
    }

    /// Whether the options are attributes, and not one structure.
    private var isNested: Bool {
        switch (category, kind) {
        case (.qdisc, "tbf"), (.qdisc, "htb"), (.qdisc, "codel"), (.qdisc, "fq_codel"),
            (.trafficClass, "htb"):
            true
        case (.filter, _): isRebuildable
        default: false
        }
    }

    /// The options without the counters among them.
    func withoutCounts(_ options: ArraySlice<UInt8>) -> [UInt8] {
        guard isNested else { return Array(options) }
        return rewritten(options) { type, payload in
            if category == .filter, type == packetCounts { return nil }
            // struct tc_htb_glob ends with the number of packets that passed without a class.
            if category == .qdisc, kind == "htb", type == Int(TCA_HTB_INIT), payload.count == 20 {
                return payload.dropLast(4) + [0, 0, 0, 0]
            }
            return payload
        }
    }

    /// The options as the kernel wants them, from those that it listed.
    func forRequest(_ options: ArraySlice<UInt8>) -> [UInt8] {
        guard isNested else { return Array(options) }
        let rewritten = rewritten(options) { type, payload in
            switch (category, kind) {
            case (.qdisc, "htb") where type == Int(TCA_HTB_INIT):
                return Self.withMajorVersion(payload)
            case (.qdisc, "codel") where [1, 3, 5].contains(type),
                (.qdisc, "fq_codel") where [1, 3, 7].contains(type):
                return payload.integer(at: 0, as: UInt32.self).map {
                    nativeBytes(Self.microseconds(listedAs: $0))[...]
                }
            case (.filter, "u32") where type == TCA_U32_FLAGS,
                (.filter, "matchall") where type == TCA_MATCHALL_FLAGS:
                // The rest says what became of it, which is refused in a request.
                let asked = UInt32(TCA_CLS_FLAGS_SKIP_HW | TCA_CLS_FLAGS_SKIP_SW)
                return payload.integer(at: 0, as: UInt32.self).map { nativeBytes($0 & asked)[...] }
            default: return payload
            }
        }
        return category == .qdisc && kind == "tbf" ? rewritten + burst(options) : rewritten
    }

    /// Why it cannot be made again from what the kernel lists; nil when it can.
    func objection(_ options: ArraySlice<UInt8>?) -> String? {
        guard isRebuildable else { return "the kernel does not list all that was asked of it" }
        guard isNested, let options else { return nil }
        let types = Set(NetlinkAttributes(options).all.map(\.type))
        if category == .filter, !types.isDisjoint(with: actions) { return "it has an action" }
        if kind == "htb", category == .qdisc, types.contains(Int(TCA_HTB_OFFLOAD)) {
            return "it is in the hardware"
        }
        return nil
    }

    private var packetCounts: Int {
        switch kind {
        case "u32": TCA_U32_PCNT
        case "basic": TCA_BASIC_PCNT
        case "matchall": TCA_MATCHALL_PCNT
        default: -1
        }
    }

    private var actions: Set<Int> {
        switch kind {
        case "u32": [TCA_U32_ACT, TCA_U32_POLICE]
        case "fw": [TCA_FW_ACT, TCA_FW_POLICE]
        case "basic": [TCA_BASIC_ACT, TCA_BASIC_POLICE]
        default: [TCA_MATCHALL_ACT]
        }
    }

    private func rewritten(
        _ options: ArraySlice<UInt8>,
        _ body: (Int, ArraySlice<UInt8>) -> ArraySlice<UInt8>?
    ) -> [UInt8] {
        NetlinkAttributes.bytes(
            NetlinkAttributes(options).all.compactMap { type, payload in
                body(type, payload).map { (type, Array($0)) }
            })
    }

    /// htb lists major and minor version together and wants the major one.
    private static func withMajorVersion(_ payload: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let version = payload.integer(at: 0, as: UInt32.self), version > 0xffff else {
            return payload
        }
        return (nativeBytes(version >> 16) + payload.dropFirst(4))[...]
    }

    /// What must be asked for so that codel lists this many microseconds.
    ///
    /// It keeps times in units of 1024 ns and rounds down both ways: 5000 are listed as 4999.
    static func microseconds(listedAs listed: UInt32) -> UInt32 {
        let isListed = { (asked: UInt64) in (((asked * 1000) >> 10) << 10) / 1000 == UInt64(listed)
        }
        let candidates = UInt64(listed)...UInt64(listed) + 2
        return candidates.first(where: isListed).map(UInt32.init(clamping:)) ?? listed
    }

    /// The largest packet that a tbf lets pass (TCA_TBF_BURST), which it does not list.
    ///
    /// It lists the time of it in ticks of 64 ns instead; without the attribute the kernel rounds
    /// down to less than was asked.
    private func burst(_ options: ArraySlice<UInt8>) -> [UInt8] {
        let nested = NetlinkAttributes(options)
        // struct tc_tbf_qopt: rate and peak rate of 12 bytes, limit, buffer, mtu.
        guard let parameters = nested[Int(TCA_TBF_PARMS)],
            let overhead = parameters.integer(at: 2, as: UInt16.self),
            let rate32 = parameters.integer(at: 8, as: UInt32.self),
            let peak = parameters.integer(at: 20, as: UInt32.self),
            let buffer = parameters.integer(at: 28, as: UInt32.self),
            let mtu = parameters.integer(at: 32, as: UInt32.self)
        else { return [] }
        let rate = nested[Int(TCA_TBF_RATE64)]?.integer(at: 0, as: UInt64.self) ?? UInt64(rate32)
        let peakRate =
            nested[Int(TCA_TBF_PRATE64)]?.integer(at: 0, as: UInt64.self) ?? UInt64(peak)
        var attributes = [
            (Int(TCA_TBF_BURST), Self.bytes(ticks: buffer, rate: rate, overhead: overhead))
        ]
        if peakRate > 0 {
            attributes.append(
                (Int(TCA_TBF_PBURST), Self.bytes(ticks: mtu, rate: peakRate, overhead: overhead)))
        }
        return NetlinkAttributes.bytes(attributes)
    }

    /// The most bytes whose time at this rate rounds down to this many ticks.
    private static func bytes(ticks: UInt32, rate: UInt64, overhead: UInt16) -> [UInt8] {
        guard rate > 0 else { return nativeBytes(UInt32.max) }
        var product = (UInt64(ticks) * 64 + 64).multipliedFullWidth(by: rate)
        // One less: at the next tick itself it would round down to that one.
        if product.low == 0 { product.high -= 1 }
        product.low &-= 1
        guard product.high < 1_000_000_000 else { return nativeBytes(UInt32.max) }
        let bytes = UInt64(1_000_000_000).dividingFullWidth(product).quotient
        return nativeBytes(UInt32(clamping: Int64(clamping: bytes) - Int64(overhead)))
    }
}
