import Glibc

/// A range of IPv4 or IPv6 addresses: those that begin with the same bits.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// The version of the Internet Protocol.
    public enum Family: Sendable, Hashable { case v4, v6 }

    /// The first address in network byte order: 4 bytes, or 16.
    public let bytes: [UInt8]
    /// How many leading bits all addresses share; at most 32, or 128.
    public let prefixLength: Int

    /// Reads `127.0.0.1`, `10.0.0.0/8`, `::1`, `fe80::/10`; nil for anything else.
    ///
    /// Bits behind the prefix are taken as zero.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first, parts.count <= 2,
            let bytes = Self.parse(String(address), AF_INET, 4)
                ?? Self.parse(String(address), AF_INET6, 16)
        else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...length).contains(number) else { return nil }
            length = number
        }
        prefixLength = length
        self.bytes = zip(bytes, Self.mask(length, size: bytes.count)).map { $0 & $1 }
    }

    public var family: Family { bytes.count == 4 ? .v4 : .v6 }

    /// Whether an address is in it: 4 bytes, or 16, in network byte order.
    public func contains(_ address: [UInt8]) -> Bool {
        address.count == bytes.count
            && zip(zip(address, mask), bytes).allSatisfy { $0.0 & $0.1 == $1 }
    }

    /// One bit for each bit that counts, as many bytes as the address has.
    var mask: [UInt8] { Self.mask(prefixLength, size: bytes.count) }

    /// `127.0.0.1`, `10.0.0.0/8`.
    public var description: String {
        var buffer = [CChar](repeating: 0, count: 64)
        let family = family == .v4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        let address = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return prefixLength == bytes.count * 8 ? address : "\(address)/\(prefixLength)"
    }

    private static func parse(_ text: String, _ family: Int32, _ size: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private static func mask(_ length: Int, size: Int) -> [UInt8] {
        (0..<size).map { index in
            let bits = min(8, max(0, length - index * 8))
            return bits == 0 ? 0 : 0xff << UInt8(8 - bits)
        }
    }
}
