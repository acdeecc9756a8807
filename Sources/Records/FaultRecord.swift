/// Everything that is known of one fault when the drill is over.
public struct FaultRecord: Sendable, Codable, Equatable {
    public enum Injection: String, Sendable, Codable { case confirmed, mismatch, unproven }
    public enum Undo: String, Sendable, Codable { case clean, residual, unknown }
    public enum UndoneBy: String, Sendable, Codable { case drill, guardian, revert, kernel, nobody }

    /// `f1`, `f2` … in the order of the method.
    public var identifier: String
    public var kind: String
    public var name: String
    /// `netem`, `proxy`, `pidfd`, `tmpfile`: how the effect was reached on this host.
    public var backend: String
    /// Why this backend, and what it cannot do.
    public var backendNote: String
    /// The exact objects: `node a, pid 4711 started 8123456`.
    public var objects: [String]
    public var requested: [Figure]
    public var achieved: [Achievement]
    public var injection: Injection
    /// One sentence: how the injection was proven, or why not.
    public var proof: String
    /// The undo record was on disk.
    public var recordedAt: DrillTime?
    /// The guardian had acknowledged it.
    public var acknowledgedAt: DrillTime?
    public var injectedAt: DrillTime?
    public var revertingAt: DrillTime?
    public var revertedAt: DrillTime?
    public var verifiedAt: DrillTime?
    public var undo: Undo
    public var undoneBy: UndoneBy
    /// What was compared with the prior state, after the undo.
    public var comparisons: [Comparison]
    /// How long whoever took it out for the drill needed, its look included; nil when it was the drill.
    public var undoTook: Nanoseconds?

    public init(
        identifier: String, kind: String, name: String, backend: String = "",
        backendNote: String = "", objects: [String] = [], requested: [Figure] = [],
        achieved: [Achievement] = [], injection: Injection = .unproven, proof: String = "",
        recordedAt: DrillTime? = nil, acknowledgedAt: DrillTime? = nil,
        injectedAt: DrillTime? = nil, revertingAt: DrillTime? = nil, revertedAt: DrillTime? = nil,
        verifiedAt: DrillTime? = nil, undo: Undo = .unknown, undoneBy: UndoneBy = .nobody,
        comparisons: [Comparison] = []
    ) {
        self.identifier = identifier
        self.kind = kind
        self.name = name
        self.backend = backend
        self.backendNote = backendNote
        self.objects = objects
        self.requested = requested
        self.achieved = achieved
        self.injection = injection
        self.proof = proof
        self.recordedAt = recordedAt
        self.acknowledgedAt = acknowledgedAt
        self.injectedAt = injectedAt
        self.revertingAt = revertingAt
        self.revertedAt = revertedAt
        self.verifiedAt = verifiedAt
        self.undo = undo
        self.undoneBy = undoneBy
        self.comparisons = comparisons
    }

    /// A requested quantity beside what was measured.
    public struct Achievement: Sendable, Codable, Equatable {
        public var name: String
        public var requested: Figure
        public var before: Figure?
        public var during: Figure?
        public var after: Figure?
        public var samples: Int
        public var confirmed: Bool

        public init(
            name: String, requested: Figure, before: Figure? = nil, during: Figure? = nil,
            after: Figure? = nil, samples: Int, confirmed: Bool
        ) {
            self.name = name
            self.requested = requested
            self.before = before
            self.during = during
            self.after = after
            self.samples = samples
            self.confirmed = confirmed
        }
    }
}

/// Prior state beside the state after an undo.
public struct Comparison: Sendable, Codable, Equatable {
    /// `free bytes of /run/…`, `qdiscs of lo`.
    public var what: String
    public var before: String
    public var after: String
    /// Whether they are the same within the bound that `what` names.
    public var isSame: Bool
    /// True when nobody could look: then `after` says why, and nothing is verified.
    public var isUnseen: Bool?

    public init(what: String, before: String, after: String, isSame: Bool) {
        self.what = what
        self.before = before
        self.after = after
        self.isSame = isSame
    }
}
