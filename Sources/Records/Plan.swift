public import Playbooks

/// The exact objects of a drill, resolved before anything is touched; `plan.json`.
public struct Plan: Sendable, Codable, Equatable {
    public var playbook: String
    public var seed: UInt64
    public var steps: [PlannedStep]
    public var limits: [PlannedLimit]
    /// What will be started: nodes, proxies, file systems.
    public var testbed: [String]
    /// The shortest time the drill can take.
    public var estimatedDuration: Nanoseconds
    /// The load with its retry policy, every variable replaced; nil when there is none.
    public var workload: Workload?

    public init(
        playbook: String, seed: UInt64, steps: [PlannedStep], limits: [PlannedLimit],
        testbed: [String], estimatedDuration: Nanoseconds, workload: Workload? = nil
    ) {
        self.playbook = playbook
        self.seed = seed
        self.steps = steps
        self.limits = limits
        self.testbed = testbed
        self.estimatedDuration = estimatedDuration
        self.workload = workload
    }

    public struct PlannedStep: Sendable, Codable, Equatable {
        public var line: Int
        public var kind: String
        public var summary: String
        /// The objects it will touch, or how they will be chosen once the testbed runs.
        public var objects: [String]
        public var backend: String
        public var backendNote: String
        /// Whether it touches what the drill did not start itself; nil in plans of before.
        public var isOutside: Bool?

        public init(
            line: Int, kind: String, summary: String, objects: [String], backend: String = "",
            backendNote: String = "", isOutside: Bool? = nil
        ) {
            self.line = line
            self.kind = kind
            self.summary = summary
            self.objects = objects
            self.backend = backend
            self.backendNote = backendNote
            self.isOutside = isOutside
        }
    }

    /// One rule of the blast radius and what it decided.
    public struct PlannedLimit: Sendable, Codable, Equatable {
        public var rule: String
        public var isAllowed: Bool
        public var reason: String
        /// Whether a person should look at it though it refuses nothing; nil in plans of before.
        public var isWarning: Bool?

        public init(rule: String, isAllowed: Bool, reason: String, isWarning: Bool? = nil) {
            self.isWarning = isWarning
            self.rule = rule
            self.isAllowed = isAllowed
            self.reason = reason
        }
    }
}
