/// Everything that a drill recorded, read back into memory: what checks judge and reports show.
public struct Evidence: Sendable, Codable, Equatable {
    public var header: DrillHeader
    /// The playbook's text, byte for byte.
    public var playbookText: String
    public var plan: Plan?
    public var environment: Environment?
    public var events: [Event]
    public var operations: [Operation]
    public var samples: [ProbeSample]
    public var wire: [WireObservation]
    /// Empty in drills of before there was any.
    public var hostLoad: [HostLoad]
    /// What others did for a drill that died, or left something behind.
    public var undone: [UndoneEntry]
    /// Nil while the drill runs, and after a crash.
    public var verdict: Verdict?

    public init(
        header: DrillHeader, playbookText: String, plan: Plan? = nil,
        environment: Environment? = nil, events: [Event] = [], operations: [Operation] = [],
        samples: [ProbeSample] = [], wire: [WireObservation] = [],
        hostLoad: [HostLoad] = [], undone: [UndoneEntry] = [], verdict: Verdict? = nil
    ) {
        self.header = header
        self.playbookText = playbookText
        self.plan = plan
        self.environment = environment
        self.events = events
        self.operations = operations
        self.samples = samples
        self.wire = wire
        self.hostLoad = hostLoad
        self.undone = undone
        self.verdict = verdict
    }
}
