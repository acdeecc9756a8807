/// What a playbook may say of one kind of fault, probe, check or system.
///
/// The module that implements a kind declares it; the validator, the JSON Schema and the help texts
/// are all derived from the declaration, so that a new kind is one file and one line in a catalogue.
public struct KindDeclaration: Sendable, Equatable {
    /// The word a playbook uses: `network.delay`.
    public var kind: String
    /// One sentence for the schema, the help text and the plan.
    public var summary: String
    public var parameters: [ParameterDeclaration]
    /// Whether the kind takes `on:` and, for a fault, must have it.
    public var selector: SelectorUse
    /// Whether `on:` may name packets that cross an interface of the host.
    public var selectsPackets: Bool

    public init(
        kind: String, summary: String, selector: SelectorUse = .none,
        parameters: [ParameterDeclaration] = [], selectsPackets: Bool = false
    ) {
        self.kind = kind
        self.summary = summary
        self.selector = selector
        self.parameters = parameters
        self.selectsPackets = selectsPackets
    }

    /// How a kind uses `on:`.
    public enum SelectorUse: Sendable, Equatable {
        case none, optional, required
    }
}
