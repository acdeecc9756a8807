/// Packets that cross an interface of the host, as a playbook names them.
public struct PacketSelector: Sendable, Equatable {
    /// Which way packets cross the interface.
    public enum Direction: String, Sendable, CaseIterable {
        /// They leave this host.
        case egress
        /// They come in to this host.
        case ingress
        case both
    }

    /// A transport protocol with ports.
    public enum Transport: String, Sendable, CaseIterable {
        case tcp, udp
    }

    public var interface: String
    /// The path of the network namespace that the interface is in; nil for the drill's own.
    public var namespace: String?
    /// Addresses or ranges of the other side (`10.0.0.7`, `fd00::/8`); empty for everybody.
    public var peers: [String]
    /// The ports of the other side; empty for any.
    public var ports: [ClosedRange<Int>]
    /// The ports of this host; empty for any.
    public var localPorts: [ClosedRange<Int>]
    /// Nil for every protocol.
    public var transport: Transport?
    public var direction: Direction
    /// The user on this host who owns the sending socket.
    public var user: UInt32?

    public init(
        interface: String, peers: [String] = [], ports: [ClosedRange<Int>],
        localPorts: [ClosedRange<Int>] = [], transport: Transport? = nil,
        direction: Direction = .egress, user: UInt32? = nil, namespace: String? = nil
    ) {
        self.interface = interface
        self.peers = peers
        self.ports = ports
        self.localPorts = localPorts
        self.transport = transport
        self.direction = direction
        self.user = user
        self.namespace = namespace
    }

    /// Packets of at most one port on each side.
    public init(
        interface: String, peers: [String] = [], port: Int? = nil, localPort: Int? = nil,
        transport: Transport? = nil, direction: Direction = .egress, user: UInt32? = nil,
        namespace: String? = nil
    ) {
        self.init(
            interface: interface, peers: peers, ports: port.map { [$0...$0] } ?? [],
            localPorts: localPort.map { [$0...$0] } ?? [], transport: transport,
            direction: direction, user: user, namespace: namespace)
    }
}

extension PacketSelector {
    /// The ports that there are.
    static let allPorts: ClosedRange<Int64> = 1...65_535

    /// A port, a range of them, or a list of both.
    static let portsType = ParameterType.either([
        .integer(allPorts), .list(.either([.integer(allPorts), .string])),
    ])

    /// The ports that a word means, `7000` or `7000-7010`; nil when it means none.
    static func ports(_ word: String) -> ClosedRange<Int>? {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { end in
            Int(end.split(separator: " ").joined(separator: " "))
        }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
            first <= last, allPorts.contains(Int64(first)), allPorts.contains(Int64(last))
        else { return nil }
        return first...last
    }
}
