/// A checked playbook: what shall happen, with every default filled in.
public struct Playbook: Sendable, Equatable {
    /// The identifier; equals the file's name without its extension.
    public var name: String
    public var title: String
    /// The statement that the drill holds or breaks.
    public var hypothesis: String
    public var tags: [String]
    /// The seed of every random choice; chosen by the drill when nil.
    public var seed: UInt64?
    public var target: Target
    public var workload: Workload
    public var timing: Timing
    public var steadyState: [SteadyCondition]
    public var method: [Step]
    public var expectations: [Expectation]
    public var abortConditions: [MetricCondition]
    public var limits: Limits
    /// What may not be written down, whatever it was used for.
    public var secrets = Secrets()

    public init(
        name: String, title: String, hypothesis: String, tags: [String] = [], seed: UInt64? = nil,
        target: Target, workload: Workload, timing: Timing = Timing(),
        steadyState: [SteadyCondition] = [], method: [Step] = [],
        expectations: [Expectation] = [], abortConditions: [MetricCondition] = [],
        limits: Limits = Limits()
    ) {
        self.name = name
        self.title = title
        self.hypothesis = hypothesis
        self.tags = tags
        self.seed = seed
        self.target = target
        self.workload = workload
        self.timing = timing
        self.steadyState = steadyState
        self.method = method
        self.expectations = expectations
        self.abortConditions = abortConditions
        self.limits = limits
    }
}

/// The system under drill and the settings that its driver declares.
public struct Target: Sendable, Equatable {
    /// `reference`, `redis`, `none` (no testbed: a playbook of probes alone).
    public var kind: String
    public var settings: Arguments
    public var line: Int

    public init(kind: String, settings: Arguments = Arguments(), line: Int = 0) {
        self.kind = kind
        self.settings = settings
        self.line = line
    }
}

/// How long the phases of a drill last.
public struct Timing: Sendable, Equatable {
    /// Load whose figures are not counted.
    public var warmup: Duration
    /// Load before the first fault, from which the steady state is learnt.
    public var baseline: Duration
    /// The longest wait, after the last fault, for the steady state to come back.
    public var recovery: Duration
    /// The longest wait for every acknowledged message to be accounted for.
    public var drain: Duration

    public init(
        warmup: Duration = .seconds(5), baseline: Duration = .seconds(15),
        recovery: Duration = .seconds(60), drain: Duration = .seconds(60)
    ) {
        self.warmup = warmup
        self.baseline = baseline
        self.recovery = recovery
        self.drain = drain
    }
}

/// The bounds that a drill may not pass, whatever its method says.
public struct Limits: Sendable, Equatable {
    /// The most processes that faults may hit; 0 forbids process faults.
    public var processes: Int
    /// The most disk that faults may occupy; 0 forbids disk faults.
    public var disk: ByteCount
    /// The largest share of the processors' time that faults may take; 0 forbids it.
    public var cpu: Ratio
    /// The most memory that faults may take; 0 forbids it.
    public var memory: ByteCount
    /// The interfaces that network faults may touch.
    public var interfaces: [String]
    /// The file systems, named by a path in them, that disk faults may touch beside the testbed's.
    public var paths: [String]
    /// The longest a drill may take; nil leaves it to the phases.
    public var duration: Duration?
    /// The most faults that may be in at the same time; nil for as many as the method has.
    public var faults: Int?

    public init(
        processes: Int = 1, disk: ByteCount = ByteCount(0), interfaces: [String] = [],
        paths: [String] = [], duration: Duration? = nil, cpu: Ratio = Ratio(0),
        memory: ByteCount = ByteCount(0), faults: Int? = nil
    ) {
        self.faults = faults
        self.cpu = cpu
        self.memory = memory
        self.processes = processes
        self.disk = disk
        self.interfaces = interfaces
        self.paths = paths
        self.duration = duration
    }
}
