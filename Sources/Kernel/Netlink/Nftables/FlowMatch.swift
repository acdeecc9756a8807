/// Which packets a rule is about; what is left out fits every packet.
public struct FlowMatch: Sendable, Hashable {
    /// A protocol with ports.
    public enum Transport: UInt8, Sendable {
        case tcp = 6
        case udp = 17
    }

    /// Whether TCP packets that reset a connection are meant.
    public enum Resets: Sendable {
        case without, only
    }

    /// The index of the interface a packet came in by; only where packets come in.
    public var incoming: Int32?
    /// The index of the interface a packet goes out by; only where packets go out.
    public var outgoing: Int32?
    public var source: AddressRange?
    public var destination: AddressRange?
    public var transport: Transport?
    /// Needs a transport.
    public var sourcePorts: ClosedRange<UInt16>?
    /// Needs a transport.
    public var destinationPorts: ClosedRange<UInt16>?
    /// The user who owns the sending socket; only on the way out.
    public var user: UInt32?
    /// Only packets that carry at least one byte behind the TCP or UDP header.
    ///
    /// Handshakes and acknowledgements do not. Needs Linux 5.16, which knows inner headers.
    public var carriesPayload: Bool
    /// Needs TCP; nil for packets that reset and those that do not.
    public var resets: Resets?

    public init(
        incoming: Int32? = nil, outgoing: Int32? = nil, source: AddressRange? = nil,
        destination: AddressRange? = nil, transport: Transport? = nil,
        sourcePorts: ClosedRange<UInt16>? = nil, destinationPorts: ClosedRange<UInt16>? = nil,
        user: UInt32? = nil, carriesPayload: Bool = false, resets: Resets? = nil
    ) {
        self.incoming = incoming
        self.outgoing = outgoing
        self.source = source
        self.destination = destination
        self.transport = transport
        self.sourcePorts = sourcePorts
        self.destinationPorts = destinationPorts
        self.user = user
        self.carriesPayload = carriesPayload
        self.resets = resets
    }

    /// Why no packet could fit, or others than meant would; nil when it can be put in.
    var objection: String? {
        if let source, let destination, source.family != destination.family {
            return "the source \(source) and the destination \(destination) are of two families"
        }
        let hasPorts = sourcePorts != nil || destinationPorts != nil
        if transport == nil, hasPorts || carriesPayload {
            return "ports and payloads are of TCP or UDP, and neither is named"
        }
        if resets != nil, transport != .tcp { return "only TCP has resets" }
        return nil
    }

    /// The expressions that stop the evaluation of a rule for every other packet.
    var expressions: [NftablesExpression] {
        var list: [NftablesExpression] = []
        if let incoming {
            list += [.meta(.incoming), .compare(nativeBytes(incoming))]
        }
        if let outgoing {
            list += [.meta(.outgoing), .compare(nativeBytes(outgoing))]
        }
        if let family = source?.family ?? destination?.family {
            // ETH_P_IP or ETH_P_IPV6: the inet and netdev families see both.
            let type: [UInt8] = family == .v4 ? [0x08, 0x00] : [0x86, 0xdd]
            list += [.meta(.networkProtocol), .compare(type)]
        }
        if let source { list += Self.address(source, offsets: (version4: 12, version6: 8)) }
        if let destination {
            list += Self.address(destination, offsets: (version4: 16, version6: 24))
        }
        if let transport {
            list += [.meta(.transportProtocol), .compare([transport.rawValue])]
        }
        if let sourcePorts { list += Self.ports(sourcePorts, offset: 0) }
        if let destinationPorts { list += Self.ports(destinationPorts, offset: 2) }
        if let resets {
            // RST is the third bit of the flags (RFC 9293, 3.1).
            let reset: UInt8 = 0x04
            list += [
                .load(.transportHeader, offset: 13, length: 1), .mask([reset]),
                .compare([resets == .only ? reset : 0]),
            ]
        }
        if let user { list += [.meta(.socketUser), .compare(nativeBytes(user))] }
        // Loading a byte that a packet does not have ends the rule for it.
        if carriesPayload { list.append(.load(.innerHeader, offset: 0, length: 1)) }
        return list
    }

    private static func address(
        _ range: AddressRange, offsets: (version4: Int, version6: Int)
    ) -> [NftablesExpression] {
        let offset = range.family == .v4 ? offsets.version4 : offsets.version6
        let load = NftablesExpression.load(
            .networkHeader, offset: offset, length: range.bytes.count)
        let isSingle = range.prefixLength == range.bytes.count * 8
        guard !isSingle else { return [load, .compare(range.bytes)] }
        return [load, .mask(range.mask), .compare(range.bytes)]
    }

    private static func ports(_ ports: ClosedRange<UInt16>, offset: Int) -> [NftablesExpression] {
        let load = NftablesExpression.load(.transportHeader, offset: offset, length: 2)
        let first = nativeBytes(ports.lowerBound.bigEndian)
        guard ports.count > 1 else { return [load, .compare(first)] }
        return [load, .range(first, nativeBytes(ports.upperBound.bigEndian))]
    }
}
