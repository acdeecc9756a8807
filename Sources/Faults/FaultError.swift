/// A fault that could not be made, put in or taken out: an error of the harness, not of the target.
public struct FaultError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was attempted, as it follows "could not": `resolve the selector`.
    public var attempted: String
    /// What it was attempted on.
    public var object: String
    public var reason: String
    /// What a person can do about it; empty when nothing is known.
    public var remedy: String

    public init(attempted: String, object: String, reason: String, remedy: String = "") {
        self.attempted = attempted
        self.object = object
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String {
        "could not \(attempted) (\(object)): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
