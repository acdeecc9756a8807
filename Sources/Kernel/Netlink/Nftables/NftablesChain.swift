private import CNetlink

/// Rules that are asked, in their order, for every packet at one place of its way.
public struct NftablesChain: Sendable, Hashable {
    /// A place of a packet's way through the kernel.
    ///
    /// A packet that is dropped where it comes in was sent for all that its sender can tell; one
    /// dropped at ``output`` gives its sender EPERM. Packets over `lo` come in there too.
    public enum Hook: Sendable, Hashable {
        /// All packets of this host's own sockets, before routing is done.
        case output
        /// All packets that came in, before they are routed.
        case prerouting
        /// All packets to this host's own sockets.
        case input
        /// All packets that leave this host or pass through it, behind routing.
        case postrouting
        /// All packets that come in by an interface.
        case ingress(interface: String)
        /// All packets that leave by an interface; Linux 5.16.
        case egress(interface: String)

        /// The interface whose table this has to be in; nil for the tables of all interfaces.
        public var interface: String? {
            switch self {
            case .output, .prerouting, .input, .postrouting: nil
            case .ingress(let interface), .egress(let interface): interface
            }
        }

        fileprivate var number: UInt32 {
            switch self {
            case .prerouting: UInt32(NF_INET_PRE_ROUTING.rawValue)
            case .input: UInt32(NF_INET_LOCAL_IN.rawValue)
            case .postrouting: UInt32(NF_INET_POST_ROUTING.rawValue)
            case .output: UInt32(NF_INET_LOCAL_OUT.rawValue)
            case .ingress: UInt32(NF_NETDEV_INGRESS.rawValue)
            case .egress: 1  // NF_NETDEV_EGRESS
            }
        }
    }

    public var name: String
    public var hook: Hook
    /// Chains at one hook are asked in the order of their priorities, smallest first.
    public var priority: Int32
    public var rules: [NftablesRule]

    public init(name: String, hook: Hook, priority: Int32 = 0, rules: [NftablesRule]) {
        self.name = name
        self.hook = hook
        self.priority = priority
        self.rules = rules
    }

    /// The message that creates it, empty, in a table; packets that no rule drops go on.
    func message(family: UInt8, table: String) throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage.nftables(
            NFT_MSG_NEWCHAIN.rawValue, family: family, flags: NLM_F_CREATE | NLM_F_EXCL)
        try message.put(Int(NFTA_CHAIN_TABLE.rawValue), table)
        try message.put(Int(NFTA_CHAIN_NAME.rawValue), name)
        try message.nest(Int(NFTA_CHAIN_HOOK.rawValue)) { message throws(KernelError) in
            try message.put(
                Int(NFTA_HOOK_HOOKNUM.rawValue), nativeBytes(hook.number.bigEndian))
            try message.put(Int(NFTA_HOOK_PRIORITY.rawValue), nativeBytes(priority.bigEndian))
            if let interface = hook.interface {
                try message.put(Int(NFTA_HOOK_DEV.rawValue), interface)
            }
        }
        try message.put(
            Int(NFTA_CHAIN_POLICY.rawValue), nativeBytes(UInt32(NF_ACCEPT).bigEndian))
        try message.put(Int(NFTA_CHAIN_TYPE.rawValue), "filter")
        return message
    }

    /// The message that appends a rule.
    func message(
        family: UInt8, table: String, rule: NftablesRule
    ) throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage.nftables(
            NFT_MSG_NEWRULE.rawValue, family: family,
            flags: NLM_F_CREATE | NLM_F_APPEND)
        try message.put(Int(NFTA_RULE_TABLE.rawValue), table)
        try message.put(Int(NFTA_RULE_CHAIN.rawValue), name)
        try message.nest(Int(NFTA_RULE_EXPRESSIONS.rawValue)) { message throws(KernelError) in
            for expression in rule.expressions { try expression.append(to: message) }
        }
        return message
    }

    /// The message that asks for all its rules.
    func ruleDump(family: UInt8, table: String) throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage.nftables(
            NFT_MSG_GETRULE.rawValue, family: family)
        try message.put(Int(NFTA_RULE_TABLE.rawValue), table)
        try message.put(Int(NFTA_RULE_CHAIN.rawValue), name)
        return message
    }

    /// The expressions of a rule in an answer to ``ruleDump(family:table:)``.
    static func expressions(ofRule payload: ArraySlice<UInt8>) -> [NftablesExpression] {
        NetlinkAttributes(payload.dropFirst(4))[Int(NFTA_RULE_EXPRESSIONS.rawValue)]
            .map { NftablesExpression.parse($0) } ?? []
    }
}
