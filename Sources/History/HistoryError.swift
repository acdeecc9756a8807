/// Something that the history could not do: what, to what, why, and the remedy.
public struct HistoryError: Error, Equatable, CustomStringConvertible {
    public var attempted: String
    public var object: String
    public var reason: String
    public var remedy: String

    public init(_ attempted: String, _ object: String, reason: String, remedy: String = "") {
        self.attempted = attempted
        self.object = object
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String {
        "could not \(attempted) \(object): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
