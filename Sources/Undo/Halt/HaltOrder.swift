import FoundationEssentials

/// A standing order that no drill may run, from the moment it is given until it is lifted.
public struct HaltOrder: Sendable, Codable, Equatable {
    /// Why, in the words of whoever gave it; may be empty.
    public var reason: String
    /// Whose order it is: the number of a user.
    public var user: UInt32
    /// Nanoseconds since 1970.
    public var givenAt: Int64

    public init(reason: String, user: UInt32, givenAt: Int64) {
        self.reason = reason
        self.user = user
        self.givenAt = givenAt
    }

    /// The order in one clause: `halted by user 0 at 2026-03-01T10:00:00Z: the shop is on fire`.
    public var text: String {
        let time = Date(timeIntervalSince1970: Double(givenAt) / 1e9).ISO8601Format()
        return "halted by user \(user) at \(time)" + (reason.isEmpty ? "" : ": \(reason)")
    }
}
