/// Why a bundle, a delivery or an alert could not be made: a failure of the harness, no finding.
public struct IncidentError: Error, CustomStringConvertible, Sendable, Equatable {
    /// What was attempted, and on what: "write /srv/incidents/INC-7.zip".
    public var attempt: String
    public var reason: String
    /// What to do about it; empty when nothing more is known.
    public var remedy: String
    /// Whether the caller asked for what there is not, and the tool did not fail.
    public var isUsage: Bool

    public init(_ attempt: String, reason: String, remedy: String = "", isUsage: Bool = false) {
        self.attempt = attempt
        self.reason = reason
        self.remedy = remedy
        self.isUsage = isUsage
    }

    public var description: String {
        "could not \(attempt): \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
