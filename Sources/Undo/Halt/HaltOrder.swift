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
        // Of an order that cannot be read, nobody knows whose it is.
        if givenAt == 0 { return "halted by an order that cannot be read: \(reason)" }
        let time = Date(timeIntervalSince1970: Double(givenAt) / 1e9).ISO8601Format()
        return "halted by user \(user) at \(time)" + (reason.isEmpty ? "" : ": \(reason)")
    }
}

/// An order in force.
public struct StandingOrder: Sendable, Equatable {
    public var order: HaltOrder
    /// The directory in which it lies.
    public var directory: String
    /// The whole command that lifts it, and whose it is to give, as a clause.
    public var remedy: String
}
