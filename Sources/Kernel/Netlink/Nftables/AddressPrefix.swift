import Glibc

/// One internet address or a block of them: `127.0.0.1`, `10.1.0.0/16`, `fd00::/8`.
public struct AddressPrefix: Sendable, Hashable, CustomStringConvertible {
    /// The address in network byte order, 4 bytes for IPv4 and 16 for IPv6.
    public let bytes: [UInt8]
    /// How many leading bits count.
    public let length: Int
    public let description: String

    /// Parses an address, with `/length` where a block is meant; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let family = parts[0].contains(":") ? AF_INET6 : AF_INET
        var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        guard inet_pton(family, String(parts[0]), &bytes) == 1 else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...length).contains(given) else { return nil }
            length = given
        }
        self.bytes = bytes
        self.length = length
        description = text
    }

    /// The address of the loopback interface in IPv4, alone.
    public static let loopback = AddressPrefix(bytes: [127, 0, 0, 1], text: "127.0.0.1")

    private init(bytes: [UInt8], text: String) {
        (self.bytes, length, description) = (bytes, bytes.count * 8, text)
    }

    /// Whether it is one address alone.
    var isSingle: Bool { length == bytes.count * 8 }

    /// The bits that count, as ones.
    var mask: [UInt8] {
        bytes.indices.map { index in
            let bits = max(0, min(8, length - index * 8))
            return UInt8(truncatingIfNeeded: 0xff00 >> bits)
        }
    }

    /// The address without the bits that do not count.
    var masked: [UInt8] { zip(bytes, mask).map { $0 & $1 } }
}
