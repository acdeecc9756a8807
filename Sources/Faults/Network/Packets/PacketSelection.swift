import Kernel
import Playbooks

/// What a playbook's words for packets mean, as aims for each direction; pure.
struct PacketSelection: Equatable {
    /// Which way packets cross an interface; each is a fault of its own for the kernel.
    enum Direction: String {
        case egress, ingress
    }

    private(set) var interface: String
    /// The path of the network namespace that the interface is in; nil for the drill's own.
    private(set) var namespace: String?
    let directions: [Direction]
    private let selector: PacketSelector
    private let peers: [AddressRange?]
    private let transports: [PacketAim.Transport?]

    /// Throws ``FaultError`` for words that name nothing, everything, or what nobody can tell.
    ///
    /// - Parameters:
    ///   - directions: which ways, where the fault itself says so; nil takes the playbook's word.
    ///   - transports: the protocols that the fault knows.
    init(
        _ selector: PacketSelector, step: FaultStep, directions: [Direction]? = nil,
        transports: Transports = .all
    ) throws {
        self.selector = selector
        self.transports = try transports.chosen(by: selector, step: step)
        namespace = selector.namespace
        if let namespace, !namespace.hasPrefix("/") {
            throw step.problem(
                "'\(namespace)' is no absolute path of a network namespace",
                "write '/run/netns/NAME' or '/proc/PID/ns/net'")
        }
        interface = selector.interface
        guard (1...15).contains(interface.utf8.count) else {
            throw step.problem("'\(interface)' is no name of an interface", "ip link lists them")
        }
        self.directions =
            switch selector.direction {
            case _ where directions != nil: directions ?? []
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
        if selector.user != nil, self.directions.contains(.ingress) {
            throw step.problem(
                "nobody can tell which user a packet that comes in is for",
                "leave 'uid' out, or set 'direction: egress'")
        }
        if let objection = aims(self.directions[0]).compactMap(\.objection).first {
            throw step.problem(objection, "name 'to', 'port', 'local_port' or 'uid'")
        }
        // The drill's own requests cross loopback too.
        if interface == "lo", namespace == nil, isPortless {
            throw step.problem(Self.hitsDrill, "name a 'port'")
        }
    }

    static let hitsDrill = "on lo it would hit the drill itself"

    /// Whether neither ports nor a user tell its packets from the drill's own.
    private var isPortless: Bool {
        selector.ports.isEmpty && selector.localPorts.isEmpty && selector.user == nil
    }

    /// Whether the drill's own packets are among those that cross this interface.
    func hitsDrill(at place: InterfacePlace) -> Bool {
        place.isLoopback && place.namespace == nil && isPortless
    }

    /// The same packets of an interface that was found, by the kernel's own names for it.
    func named(by place: InterfacePlace) -> PacketSelection {
        var named = self
        named.interface = place.name
        named.namespace = place.path
        return named
    }

    /// The same packets by the kernel's own names, as far as the interface is there.
    var located: PacketSelection { InterfacePlace(words: place).map(named) ?? self }

    /// The packets that cross the interface in one direction.
    func aims(_ direction: Direction) -> [PacketAim] {
        peers.flatMap { peer in
            transports.flatMap { transport in
                Self.ranges(selector.ports).flatMap { ports in
                    Self.ranges(selector.localPorts).map { localPorts in
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
        }
    }

    /// The ranges, or once nil for any port.
    private static func ranges(_ ports: [ClosedRange<Int>]) -> [ClosedRange<UInt16>?] {
        guard !ports.isEmpty else { return [nil] }
        return ports.map { UInt16(clamping: $0.lowerBound)...UInt16(clamping: $0.upperBound) }
    }

    /// `eth1`, `eth1 in /run/netns/a`: the interface as limits and plans name it.
    var place: String { interface + (namespace.map { " in \($0)" } ?? "") }

    /// What policies and plans say of it.
    var objects: [AimedObject] {
        directions.flatMap { direction in
            aims(direction).map { .packets(interface: place, $0) }
        }
    }
}

extension PacketSelection {
    /// The protocols whose packets a fault can tell.
    enum Transports {
        /// Any, those without ports too.
        case all
        /// Those with ports.
        case withPorts
        /// TCP alone, which has connections.
        case connections

        /// Those that a playbook means; nil in the list is every protocol.
        func chosen(by selector: PacketSelector, step: FaultStep) throws -> [PacketAim.Transport?] {
            let isPortless = selector.ports.isEmpty && selector.localPorts.isEmpty
            switch (selector.transport, self) {
            case (.tcp, _), (nil, .connections): return [.tcp]
            case (.udp, .connections):
                throw step.problem(
                    "UDP has no connections that could be "
                        + (step.kind == "network.reset" ? "reset" : "refused"),
                    "leave 'protocol' out, or write 'protocol: tcp'")
            case (.udp, _): return [.udp]
            case (nil, .all) where isPortless: return [nil]
            case (nil, _): return [.tcp, .udp]
            }
        }
    }
}
