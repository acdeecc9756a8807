/// A span of time as records keep it: one integer in JSON, in nanoseconds.
public struct Nanoseconds: Hashable, Comparable, Sendable, Codable {
    public var count: Int64

    public init(_ count: Int64) {
        self.count = count
    }

    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        count = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    public var seconds: Double { Double(count) / 1e9 }
    public var milliseconds: Double { Double(count) / 1e6 }
    public var duration: Duration { .nanoseconds(count) }

    public init(from decoder: any Decoder) throws {
        count = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(count)
    }

    public static func < (left: Nanoseconds, right: Nanoseconds) -> Bool {
        left.count < right.count
    }
}
