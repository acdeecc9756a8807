/// One rule: which packets, and what becomes of them; each rule counts the packets that fit.
public struct NftablesRule: Sendable, Hashable {
    /// What becomes of a packet.
    public enum Action: Sendable, Hashable {
        /// It vanishes; nobody is told.
        case drop
        /// It vanishes, and a TCP reset goes back to its sender; needs TCP.
        case reset
        /// It goes on, and no later rule of the chain is asked.
        case pass
        /// It goes on, and was counted.
        case count
        /// It goes on, into this class of a prio or htb qdisc.
        case steer(toClass: UInt32)
    }

    public var match: FlowMatch
    public var action: Action

    public init(_ match: FlowMatch, _ action: Action) {
        self.match = match
        self.action = action
    }

    /// Why it would not do what it says; nil when it can be put in.
    var objection: String? {
        if action == .reset, match.transport != .tcp { return "only TCP can be reset" }
        return match.objection
    }

    var expressions: [NftablesExpression] {
        let actions: [NftablesExpression] =
            switch action {
            case .drop: [.drop]
            case .pass: [.pass]
            case .count: []
            case .reset: [.reset]
            case .steer(let target): [.load(nativeBytes(target)), .setPriority]
            }
        return match.expressions + [.counter] + actions
    }
}

/// How many packets fitted a rule, and their bytes from the network header on.
public struct PacketCount: Sendable, Hashable {
    public var packets: UInt64
    public var bytes: UInt64

    public init(packets: UInt64, bytes: UInt64) {
        self.packets = packets
        self.bytes = bytes
    }
}
