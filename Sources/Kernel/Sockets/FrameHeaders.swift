/// The headers of an IPv4 datagram of UDP, or the like of TCP, by which rules tell packets.
///
/// The lengths are those of trial packets of ``payload`` bytes; nobody checks the sum of a datagram
/// that says it has none, and of TCP no more than the ports is made.
public struct FrameHeaders: Sendable, Equatable {
    public var source: [UInt8]
    public var destination: [UInt8]
    public var transport: PacketAim.Transport
    public var sourcePort: UInt16
    public var destinationPort: UInt16
    /// How many bytes follow, the token among them.
    public var payload: Int

    /// ETH_P_IP.
    let type: UInt16 = 0x0800

    /// - Parameters:
    ///   - source: an address of four bytes.
    ///   - destination: an address of four bytes.
    public init(
        from source: [UInt8], port sourcePort: UInt16, to destination: [UInt8],
        port destinationPort: UInt16, transport: PacketAim.Transport, payload: Int
    ) {
        self.source = source
        self.destination = destination
        self.transport = transport
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.payload = payload
    }

    /// The header of the network (RFC 791), and that of the transport (RFC 768, RFC 9293).
    var bytes: [UInt8] {
        var transport = Self.big(sourcePort) + Self.big(destinationPort)
        switch self.transport {
        case .udp:
            transport += Self.big(UInt16(8 + payload))
            transport += [0, 0]
        case .tcp:
            // A pure ACK, 20 bytes long.
            transport += [0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 0, 0, 0, 0, 0, 0]
        }
        var network: [UInt8] = [0x45, 0]
        network += Self.big(UInt16(20 + transport.count + payload))
        // No identity, not to be cut, one hop, and room for the sum.
        network += [0, 0, 0x40, 0, 1, self.transport.rawValue, 0, 0]
        network += source
        network += destination
        network.replaceSubrange(10..<12, with: Self.big(Self.checksum(network)))
        return network + transport
    }

    private static func big(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 0xff)]
    }

    /// The sum of RFC 1071 over an even number of bytes.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        }
        while sum > 0xffff { sum = (sum & 0xffff) + sum >> 16 }
        return ~UInt16(sum)
    }
}
