/// A number of events a second.
///
/// Playbooks write it as `400/s` or `30/min`.
public struct Rate: Hashable, Comparable, Sendable, Codable {
    /// Events a second; finite and not negative in a checked playbook.
    public var perSecond: Double

    public init(perSecond: Double) {
        self.perSecond = perSecond
    }

    public init(from decoder: any Decoder) throws {
        perSecond = try decoder.singleValueContainer().decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(perSecond)
    }

    public static func < (left: Rate, right: Rate) -> Bool {
        left.perSecond < right.perSecond
    }
}
