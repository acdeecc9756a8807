/// A share of a whole, from 0 to 1.
///
/// Playbooks write it in percent: `0.1 %`.
public struct Ratio: Hashable, Comparable, Sendable, Codable {
    /// The share: 0.001 for `0.1 %`.
    public var fraction: Double

    public init(_ fraction: Double) {
        self.fraction = fraction
    }

    /// Makes the ratio of `percent` hundredths.
    public static func percent(_ percent: Double) -> Ratio {
        Ratio(percent / 100)
    }

    public init(from decoder: any Decoder) throws {
        fraction = try decoder.singleValueContainer().decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(fraction)
    }

    public static func < (left: Ratio, right: Ratio) -> Bool {
        left.fraction < right.fraction
    }
}
