/// One end of a TCP connection: an address and a port.
public struct SocketEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// In network byte order: four bytes for IPv4, sixteen for IPv6.
    public var address: [UInt8]
    public var port: UInt16

    public init(address: [UInt8], port: UInt16) {
        self.address = address
        self.port = port
    }

    /// An end on 127.0.0.1.
    public static func loopback(port: UInt16) -> SocketEndpoint {
        SocketEndpoint(address: [127, 0, 0, 1], port: port)
    }

    /// Whether the address is the host's own: 127.0.0.0/8, ::1, or the former mapped into IPv6.
    public var isLoopback: Bool {
        switch address.count {
        case 4: address[0] == 127
        case 16:
            address == Array(repeating: 0, count: 15) + [1]
                || address.prefix(13) == Array(repeating: 0, count: 10) + [0xff, 0xff, 127]
        default: false
        }
    }

    /// `127.0.0.1:7001`, `[0:0:0:0:0:0:0:1]:7001`.
    public var description: String {
        guard address.count == 16 else {
            return address.map(String.init).joined(separator: ".") + ":\(port)"
        }
        let groups = stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(address[index]) << 8 | UInt16(address[index + 1]), radix: 16)
        }
        return "[" + groups.joined(separator: ":") + "]:\(port)"
    }
}
