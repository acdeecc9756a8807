import Records

/// A numbered datagram that can tell whether it was damaged on its way.
struct TrialPacket: Equatable {
    /// Long enough that most damaged bits are in it and not in the headers.
    static let size = 1000

    var number: UInt32
    var sentAt: DrillTime

    init(number: UInt32, sentAt: DrillTime) {
        self.number = number
        self.sentAt = sentAt
    }

    /// Reads a datagram; nil when it is not as it was sent.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        let content = bytes.dropLast(8)
        guard Self.integer(bytes.suffix(8)) == Self.checksum(content) else { return nil }
        number = UInt32(truncatingIfNeeded: Self.integer(content.prefix(8)))
        sentAt = DrillTime(nanoseconds: Int64(bitPattern: Self.integer(content[8..<16])))
    }

    var bytes: [UInt8] {
        let padding = [UInt8](repeating: 0x5a, count: Self.size - 24)
        let content =
            Self.bytes(UInt64(number)) + Self.bytes(UInt64(bitPattern: sentAt.nanoseconds))
            + padding
        return content + Self.bytes(Self.checksum(content[...]))
    }

    /// FNV-1a, 64 bits: one flipped bit always changes it.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func bytes(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (UInt64($0) * 8)) }
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
