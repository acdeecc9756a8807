/// A failure of the undo machinery itself: what was attempted, on what, why, and what to do.
public struct UndoError: Error, Sendable, Equatable, CustomStringConvertible {
    public var attempted: String
    public var object: String
    public var reason: String
    public var remedy: String

    public init(attempted: String, object: String, reason: String, remedy: String = "") {
        self.attempted = attempted
        self.object = object
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String {
        "cannot \(attempted) \(object): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
