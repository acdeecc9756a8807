/// A CRC-32 checksum (ISO-HDLC: polynomial 0x04C11DB7 reflected, as in zlib and IEEE 802.3).
///
/// It finds every error burst of up to 32 bits, so one flipped bit never goes unseen.
public struct Checksum: Sendable, Hashable {
    private var remainder: UInt32 = 0xFFFF_FFFF

    public init() {}

    /// Takes more bytes into the checksum.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            let index = Int((remainder ^ UInt32(byte)) & 0xFF)
            remainder = Self.table[index] ^ (remainder >> 8)
        }
    }

    /// The checksum of the bytes so far.
    public var value: UInt32 { ~remainder }

    /// The value as 8 lower-case hexadecimal digits.
    public var hexadecimal: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        var entry = UInt32(byte)
        for _ in 0..<8 {
            entry = entry & 1 == 1 ? 0xEDB8_8320 ^ (entry >> 1) : entry >> 1
        }
        return entry
    }
}
