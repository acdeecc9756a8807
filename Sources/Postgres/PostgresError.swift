/// Something that a PostgreSQL server did not do: what, why, and the remedy.
public struct PostgresError: Error, Equatable, CustomStringConvertible {
    public var attempted: String
    public var object: String
    public var reason: String
    public var remedy: String

    init(_ attempted: String, _ object: String, reason: String, remedy: String = "") {
        self.attempted = attempted
        self.object = object
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String {
        "could not \(attempted) \(object): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
