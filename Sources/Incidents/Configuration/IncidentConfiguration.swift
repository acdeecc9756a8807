/// Where bundles and alerts go: what `incidents.yaml` says.
public struct IncidentConfiguration: Sendable, Equatable {
    /// Where it is looked for when nobody names another file.
    public static let standardPath = "/etc/firedrill/incidents.yaml"

    public var destinations: [Destination]
    public var rules: [AlertRule]
    /// After how long an alert is repeated while its cause stays.
    public var repetition: Duration

    public init(
        destinations: [Destination] = [], rules: [AlertRule] = [],
        repetition: Duration = .seconds(86_400)
    ) {
        self.destinations = destinations
        self.rules = rules
        self.repetition = repetition
    }

    /// The destination with this name; throws when there is none.
    public func destination(_ name: String) throws(IncidentError) -> Destination {
        if let found = destinations.first(where: { $0.name == name }) { return found }
        let known = destinations.map(\.name).sorted().joined(separator: ", ")
        throw IncidentError(
            "deliver to '\(name.escaped)'", reason: "no destination has that name",
            remedy: known.isEmpty
                ? "write destinations into \(Self.standardPath)" : "there are \(known)",
            isUsage: true)
    }
}
