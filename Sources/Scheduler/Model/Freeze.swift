/// An order that no drill begins until a moment; those that run go on.
public struct Freeze: Hashable, Sendable, Codable {
    /// When drills may begin again; nil until somebody says so.
    public var until: Moment?
    public var reason: String

    public init(until: Moment?, reason: String) {
        self.until = until
        self.reason = reason
    }

    /// Whether it is in force.
    public func isInForce(at moment: Moment) -> Bool { until.map { moment < $0 } ?? true }

    /// The order in one sentence's end: `frozen until 2026-12-01T00:00:00Z: release week`.
    public var text: String {
        let end = until.map { "until \($0.iso8601)" } ?? "until it is lifted"
        return "drills are frozen \(end)" + (reason.isEmpty ? "" : ": \(reason)")
    }
}
