/// A number of bytes.
///
/// Playbooks write it with a unit: `256 B`, `64 KiB`, `1 GB`. Binary and decimal prefixes are kept
/// apart, as in IEC 80000-13.
public struct ByteCount: Hashable, Comparable, Sendable, Codable {
    /// The number of bytes; never negative in a checked playbook.
    public var bytes: Int64

    public init(_ bytes: Int64) {
        self.bytes = bytes
    }

    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }

    public static func < (left: ByteCount, right: ByteCount) -> Bool {
        left.bytes < right.bytes
    }
}
