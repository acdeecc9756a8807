import Kernel
import Playbooks

/// What a playbook's words for packets mean, as aims for each direction; pure.
struct PacketSelection: Equatable {
    /// Which way packets cross an interface; each is a fault of its own for the kernel.
    enum Direction: String {
        case egress, ingress
    }

    let interface: String
    let directions: [Direction]
    private let selector: PacketSelector
    private let peers: [AddressRange?]

    /// Throws ``FaultError`` for words that name nothing, everything, or what nobody can tell.
    init(_ selector: PacketSelector, step: FaultStep) throws {
        self.selector = selector
        interface = selector.interface
        guard (1...15).contains(interface.utf8.count) else {
            throw step.problem("'\(interface)' is no name of an interface", "ip link lists them")
        }
        directions =
            switch selector.direction {
            case .egress: [.egress]
            case .ingress: [.ingress]
            case .both: [.egress, .ingress]
            }
        peers =
            selector.peers.isEmpty
            ? [nil]
            : try selector.peers.map { text in
                guard let range = AddressRange(text) else {
                    throw step.problem(
                        "'\(text)' is no address of IPv4 or IPv6",
                        "write '10.0.0.7', '10.0.0.0/8' or 'fd00::/8'")
                }
                return range
            }
        if selector.user != nil, directions.contains(.ingress) {
            throw step.problem(
                "nobody can tell which user a packet that comes in is for",
                "leave 'uid' out, or set 'direction: egress'")
        }
        if let objection = aims(directions[0]).compactMap(\.objection).first {
            throw step.problem(objection, "name 'to', 'port', 'local_port' or 'uid'")
        }
        // The drill's own requests cross loopback too.
        if interface == "lo", selector.port == nil, selector.localPort == nil,
            selector.user == nil
        {
            throw step.problem("on lo it would hit the drill itself", "name a 'port'")
        }
    }

    /// The packets that cross the interface in one direction.
    func aims(_ direction: Direction) -> [PacketAim] {
        peers.flatMap { peer in
            transports.map { transport in
                switch direction {
                case .egress:
                    PacketAim(
                        transport: transport, destination: peer, sourcePorts: localPorts,
                        destinationPorts: ports, user: selector.user)
                case .ingress:
                    PacketAim(
                        transport: transport, source: peer, sourcePorts: ports,
                        destinationPorts: localPorts)
                }
            }
        }
    }

    private var ports: ClosedRange<UInt16>? { Self.range(selector.port) }
    private var localPorts: ClosedRange<UInt16>? { Self.range(selector.localPort) }

    private static func range(_ port: Int?) -> ClosedRange<UInt16>? {
        port.flatMap(UInt16.init(exactly:)).map { $0...$0 }
    }

    private var transports: [PacketAim.Transport?] {
        switch selector.transport {
        case .tcp: [.tcp]
        case .udp: [.udp]
        case nil: ports == nil && localPorts == nil ? [nil] : [.tcp, .udp]
        }
    }

    /// What policies and plans say of it.
    var objects: [AimedObject] {
        directions.flatMap { direction in
            aims(direction).map { .packets(interface: interface, $0) }
        }
    }
}
