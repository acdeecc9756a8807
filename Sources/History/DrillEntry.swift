public import Records

/// A drill as the history keeps it: one row.
public struct DrillEntry: Sendable, Equatable {
    public var identifier: String
    public var playbook: String
    public var title: String
    public var hypothesis: String
    public var tags: [String]
    /// SHA-256 of the playbook's text, hexadecimal; empty when the text is missing.
    public var playbookHash: String
    public var seed: UInt64
    /// The system under drill, as its environment named it.
    public var target: String
    public var host: String
    public var kernel: String
    public var firedrill: String
    /// Whose drill it was: the number of a user.
    public var user: UInt32
    /// Nanoseconds since 1970.
    public var startedAt: Int64
    /// Nil while it runs, and for one that was killed.
    public var duration: Nanoseconds?
    /// Nil while it runs, and for one that was killed.
    public var outcome: Outcome?
    public var reason: String
    public var axes: DrillAxes
    /// The command that repeats it.
    public var command: String
    /// Where its evidence lies, or lay before it was pruned.
    public var directory: String

    /// Whether it ended with a verdict.
    public var isJudged: Bool { outcome != nil }
}

/// The four axes of a verdict, each as its worst part says; nil where there was nothing to judge.
public struct DrillAxes: Sendable, Equatable {
    public var precondition: Verdict.Precondition?
    public var injection: FaultRecord.Injection?
    public var hypothesis: CheckResult.Status?
    public var undo: FaultRecord.Undo?

    public init(
        precondition: Verdict.Precondition? = nil, injection: FaultRecord.Injection? = nil,
        hypothesis: CheckResult.Status? = nil, undo: FaultRecord.Undo? = nil
    ) {
        self.precondition = precondition
        self.injection = injection
        self.hypothesis = hypothesis
        self.undo = undo
    }

    /// The axes of a verdict.
    public init(_ verdict: Verdict) {
        let injections = verdict.faults.map(\.injection)
        let statuses = verdict.checks.map(\.status)
        let undos = verdict.faults.map(\.undo)
        self.init(
            precondition: verdict.precondition,
            injection: [.unproven, .mismatch, .confirmed].first(where: injections.contains),
            hypothesis: [.broken, .inconclusive, .held].first(where: statuses.contains),
            undo: [.residual, .unknown, .clean].first(where: undos.contains))
    }
}

/// A number of a drill, under the name by which `trend` asks for it.
public struct DrillFigure: Sendable, Equatable {
    /// `failover.time`, `enqueue.p99.worst`.
    public var name: String
    public var value: Double
    public var unit: Figure.Unit
    /// The bound that it was held against.
    public var limit: Double?

    public init(_ name: String, _ value: Double, _ unit: Figure.Unit, limit: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.limit = limit
    }
}

/// What one check said in a drill.
public struct DrillCheck: Sendable, Equatable {
    public var name: String
    public var status: CheckResult.Status
    public var sentence: String

    public init(name: String, status: CheckResult.Status, sentence: String) {
        self.name = name
        self.status = status
        self.sentence = sentence
    }
}

/// One fault of a drill.
public struct DrillFault: Sendable, Equatable {
    public var identifier: String
    public var kind: String
    public var backend: String
    public var injection: FaultRecord.Injection
    public var undo: FaultRecord.Undo
    public var undoneBy: FaultRecord.UndoneBy
}

/// A drill with everything that the history keeps of it.
public struct DrillDetails: Sendable, Equatable {
    public var entry: DrillEntry
    public var figures: [DrillFigure]
    public var checks: [DrillCheck]
    public var faults: [DrillFault]
}
