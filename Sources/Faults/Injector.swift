public import Records
public import Undo

/// One fault aimed at exact objects: puts it in, proves it, takes it out, proves that.
///
/// ``FaultLife`` calls the methods in the order of their declaration and leaves out what a failure
/// or a cancellation makes needless; ``revert()`` follows every ``inject()``, also one that threw.
public protocol Injector: Sendable {
    var aim: FaultAim { get }

    /// Takes down the prior state and measures the undisturbed effect; touches nothing.
    func snapshot() async throws

    /// The inverses that have to be on record before ``inject()``.
    func undoRecords() async -> [UndoRecord]

    /// Puts the fault in.
    func inject() async throws

    /// Reads back what the kernel or the proxy holds; throws when it is not what was asked.
    func readBack() async throws

    /// Lets the fault stay in, and measures its effect; returns early when the task is cancelled.
    func hold() async

    /// What was measured so far beside what was asked; asked again after ``verify(isBrief:)``.
    func proof() async -> EffectProof

    /// Takes the fault out gracefully; safe to call twice, and when nothing is in.
    func revert() async throws

    /// Compares with the prior state; when brief, leaves out what takes more than a moment.
    func verify(isBrief: Bool) async -> UndoProof
}

/// What an injector will touch, for the policy, the record and the reader.
public struct FaultAim: Sendable, Equatable {
    public var backend: String
    public var backendNote: String
    /// What the policy decides on.
    public var objects: [AimedObject]
    public var requested: [Figure]
    /// How long the fault may stay in; nil where the step's duration, or else the limits, say so.
    public var longestHold: Duration?

    public init(
        backend: String, backendNote: String, objects: [AimedObject], requested: [Figure],
        longestHold: Duration? = nil
    ) {
        self.longestHold = longestHold
        self.backend = backend
        self.backendNote = backendNote
        self.objects = objects
        self.requested = requested
    }
}

/// The proof that a fault had its effect, or why there is none.
public struct EffectProof: Sendable, Equatable {
    public var injection: FaultRecord.Injection
    /// One sentence with the decisive numbers.
    public var sentence: String
    public var achieved: [FaultRecord.Achievement]
    /// What was hit beside the objects of the aim: processes that began only after the fault did.
    public var hit: [AimedObject]

    public init(
        _ injection: FaultRecord.Injection, _ sentence: String,
        achieved: [FaultRecord.Achievement] = [], hit: [AimedObject] = []
    ) {
        self.injection = injection
        self.sentence = sentence
        self.achieved = achieved
        self.hit = hit
    }
}

/// The proof that a fault is out, or what is left of it.
public struct UndoProof: Sendable, Equatable {
    public var undo: FaultRecord.Undo
    public var undoneBy: FaultRecord.UndoneBy
    public var comparisons: [Comparison]

    public init(
        _ undo: FaultRecord.Undo, by undoneBy: FaultRecord.UndoneBy, comparisons: [Comparison]
    ) {
        self.undo = undo
        self.undoneBy = undoneBy
        self.comparisons = comparisons
    }
}
