/// One way in which a kind of fault reaches its effect, and what it needs of the host.
public struct BackendNeeds: Sendable, Equatable {
    /// `netem`, `proxy`: the word of the playbook and of the report.
    public var backend: String
    /// Empty for one that works everywhere.
    public var features: [HostFeature]

    public init(_ backend: String, _ features: [HostFeature] = []) {
        self.backend = backend
        self.features = features
    }
}
