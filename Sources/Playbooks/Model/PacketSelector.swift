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
    /// The port of the other side.
    public var port: Int?
    /// The port of this host.
    public var localPort: Int?
    /// Nil for every protocol.
    public var transport: Transport?
    public var direction: Direction
    /// The user on this host who owns the sending socket.
    public var user: UInt32?

    public init(
        interface: String, peers: [String] = [], port: Int? = nil, localPort: Int? = nil,
        transport: Transport? = nil, direction: Direction = .egress, user: UInt32? = nil,
        namespace: String? = nil
    ) {
        self.interface = interface
        self.peers = peers
        self.port = port
        self.localPort = localPort
        self.transport = transport
        self.direction = direction
        self.user = user
        self.namespace = namespace
    }
}
