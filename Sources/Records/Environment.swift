/// The host that a drill ran on; `environment.json`.
public struct Environment: Sendable, Codable, Equatable {
    public var host: String
    public var kernel: String
    public var distribution: String
    public var processors: Int
    public var memory: Int64
    public var firedrill: String
    public var target: String
    /// Whether it ran as root, and the capabilities it used.
    public var privileges: String
    /// What this kernel can do, each with its reason: `netem: absent (Object not found)`.
    public var capabilities: [String]

    public init(
        host: String, kernel: String, distribution: String, processors: Int, memory: Int64,
        firedrill: String, target: String, privileges: String, capabilities: [String]
    ) {
        self.host = host
        self.kernel = kernel
        self.distribution = distribution
        self.processors = processors
        self.memory = memory
        self.firedrill = firedrill
        self.target = target
        self.privileges = privileges
        self.capabilities = capabilities
    }
}
