/// Which packets a fault is aimed at; each field that is set narrows it.
public struct PacketAim: Sendable, Hashable, CustomStringConvertible {
    /// A transport protocol with ports, by its number in IP headers.
    public enum Transport: UInt8, Sendable, Hashable {
        case tcp = 6
        case udp = 17
    }

    /// Nil for every protocol, which goes without ports only.
    public var transport: Transport?
    public var source: AddressRange?
    public var destination: AddressRange?
    public var sourcePorts: ClosedRange<UInt16>?
    public var destinationPorts: ClosedRange<UInt16>?
    /// The user who owns the sending socket, which steering by nf_tables alone can tell.
    public var user: UInt32?

    public init(
        transport: Transport? = .tcp, source: AddressRange? = nil,
        destination: AddressRange? = nil, sourcePorts: ClosedRange<UInt16>? = nil,
        destinationPorts: ClosedRange<UInt16>? = nil, user: UInt32? = nil
    ) {
        self.transport = transport
        self.source = source
        self.destination = destination
        self.sourcePorts = sourcePorts
        self.destinationPorts = destinationPorts
        self.user = user
    }

    /// Why nothing, or everything, would be hit; nil for an aim that can be taken.
    public var objection: String? {
        if families.isEmpty { return "one address is IPv4 and the other one IPv6" }
        if transport == nil, sourcePorts != nil || destinationPorts != nil {
            return "ports need a protocol, TCP or UDP"
        }
        let isEverything =
            source == nil && destination == nil && sourcePorts == nil && destinationPorts == nil
            && user == nil
        if isEverything {
            return "it is aimed at no address, no port and no user, which is everything"
        }
        return nil
    }

    /// The versions of IP whose packets can fit: both where no address says which.
    var families: [AddressRange.Family] {
        let named = Set([source, destination].compactMap { $0?.family })
        return [.v4, .v6].filter { named.subtracting([$0]).isEmpty }
    }

    /// `TCP from 127.70.0.1 to 127.0.0.1 port 8080`.
    public var description: String {
        let name =
            switch transport {
            case .tcp: "TCP"
            case .udp: "UDP"
            case nil: "IP"
            }
        return name + Self.text("from", source, sourcePorts)
            + Self.text("to", destination, destinationPorts)
            + (user.map { " of user \($0)" } ?? "")
    }

    private static func text(
        _ word: String, _ address: AddressRange?, _ ports: ClosedRange<UInt16>?
    ) -> String {
        guard address != nil || ports != nil else { return "" }
        let port = ports.map {
            $0.count == 1 ? " port \($0.lowerBound)" : " ports \($0.lowerBound)-\($0.upperBound)"
        }
        return " \(word)" + (address.map { " \($0)" } ?? "") + (port ?? "")
    }
}
