public import Playbooks
public import Records
public import Systems

/// A question to the system whose answers are kept: one file in `Probes/` each.
public protocol Probe: Sendable {
    /// What a playbook may say of this kind.
    static var declaration: KindDeclaration { get }

    /// Checks a step's arguments; throws ``ProbeError`` for what only this kind can know.
    init(step: ProbeStep) throws

    /// What it runs or asks, a line each, for a plan.
    ///
    /// - Parameter shown: makes what the playbook wrote fit to be shown: without secrets, on one line.
    func planned(_ shown: (String) -> String) -> [String]

    /// Whether it runs a program that the playbook names.
    var runsProgram: Bool { get }

    /// Asks once and returns the answer of each node, or one answer without a node.
    ///
    /// Returns within `context.bound`, and promptly when the task is cancelled. What the system did
    /// wrong is `unhealthy`; `unknown` means that the probe itself was not able to ask.
    func ask(context: ProbeContext) async -> [ProbeSample]

    /// Gives back what the probe holds; nothing is asked afterwards.
    func close() async
}

extension Probe {
    public func close() async {}
    public var runsProgram: Bool { false }
}

/// What a probe may use of its drill.
public struct ProbeContext: Sendable {
    /// Nil in a drill without a testbed.
    public var testbed: (any Testbed)?
    /// The drill's clock: now, since the drill's start.
    public var now: @Sendable () -> DrillTime
    /// The longest that one question may take, whatever the playbook says.
    public var bound: Duration

    public init(
        testbed: (any Testbed)?, now: @escaping @Sendable () -> DrillTime,
        bound: Duration = .seconds(30)
    ) {
        self.testbed = testbed
        self.now = now
        self.bound = bound
    }
}

/// Why a probe cannot be made from its step: a mistake in the playbook.
public struct ProbeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of the probe.
    public var kind: String
    /// The line of the step in the playbook; 0 when unknown.
    public var line: Int
    public var reason: String

    public init(_ step: ProbeStep, _ reason: String) {
        kind = step.kind
        line = step.line
        self.reason = reason
    }

    public var description: String {
        (line > 0 ? "line \(line): " : "") + "probe '\(kind)': \(reason)"
    }
}
