import Synchronization

/// Steering by the priority of packets, which rules of nf_tables set in a table that ends with us.
///
/// prio and htb put a packet whose priority is the number of one of their classes into that class
/// (tc-prio(8), tc-htb(8)). The rules are asked behind routing and address translation, before a
/// packet is cut into fragments, so that they see the addresses and ports of the wire, of all
/// fragments, and the user who owns the socket. What the kernel sends without a whole socket (the
/// answer to a SYN, a reset) has no user. Copies share one table.
public final class NftablesSteering: Steering {
    public let name = "nftables"
    /// The name of the table.
    public let table: String
    /// Ports of this host from which TCP is led nowhere, whatever the aims say.
    private let spared: [UInt16]
    private let made = Mutex<NftablesTable?>(nil)

    /// Behind the host's own rules, which might set priorities too, and behind source NAT at 100.
    private static let priority: Int32 = 400

    /// - Parameter table: the name of the table, of this steering alone in its namespace.
    /// - Parameter spared: local ports of TCP that no aim may hit.
    public init(table: String, sparing spared: [UInt16] = []) {
        self.table = table
        self.spared = spared
    }

    public func objection(to aim: PacketAim) -> String? { nil }

    public func steer(_ aims: [PacketAim], to place: SteeringPlace) throws(KernelError) {
        try made.withLock { made throws(KernelError) in
            made = try NftablesTable(
                name: table, chains: [Self.chain(for: aims, sparing: spared, to: place)],
                namespace: place.namespace)
        }
    }

    public func differences() throws(KernelError) -> [String] {
        guard let made = made.withLock({ $0 }) else {
            return ["the table \(table) was never made"]
        }
        return try made.differences()
    }

    /// How many packets were led so far by each aim, in their order; nil where nothing is led.
    public func counts() throws(KernelError) -> [PacketCount]? {
        try made.withLock { $0 }?.counts().first
            .map { Array($0.dropFirst(spared.count)) }
    }

    public func unsteer(from place: SteeringPlace) {
        made.withLock { made in
            made?.close()
            made = nil
        }
    }

    static func chain(
        for aims: [PacketAim], sparing spared: [UInt16] = [], to place: SteeringPlace
    ) -> NftablesChain {
        let sparing = spared.map {
            NftablesRule(
                FlowMatch(
                    outgoing: place.interface, transport: .tcp, sourcePorts: $0...$0), .pass)
        }
        return NftablesChain(
            name: "steering", hook: .postrouting, priority: priority,
            rules: sparing
                + aims.map {
                    NftablesRule(
                        FlowMatch($0, outgoing: place.interface), .steer(toClass: place.target))
                })
    }
}

extension FlowMatch {
    /// The packets of an aim, on their way out by an interface where one is named.
    public init(_ aim: PacketAim, outgoing: Int32? = nil) {
        self.init(
            outgoing: outgoing, source: aim.source, destination: aim.destination,
            transport: aim.transport.flatMap { Transport(rawValue: $0.rawValue) },
            sourcePorts: aim.sourcePorts, destinationPorts: aim.destinationPorts, user: aim.user)
    }
}
