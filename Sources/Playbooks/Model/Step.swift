/// One step of a method.
public indirect enum Step: Sendable, Equatable {
    case fault(FaultStep)
    case wait(WaitStep)
    case probe(ProbeStep)
    case parallel([Step])
}

/// A fault that a method puts in.
public struct FaultStep: Sendable, Equatable {
    public var kind: String
    /// How reports call it; the kind when the playbook gives no name.
    public var name: String
    public var selector: Selector?
    public var arguments: Arguments
    /// How long the fault stays in; nil for a fault that is over at once, as a kill is.
    public var duration: Duration?
    public var line: Int
    /// In Unicode scalars, from 1; 0 when it is not known.
    public var column: Int

    public init(
        kind: String, name: String? = nil, selector: Selector? = nil,
        arguments: Arguments = Arguments(), duration: Duration? = nil, line: Int = 0,
        column: Int = 0
    ) {
        self.kind = kind
        self.name = name ?? kind
        self.selector = selector
        self.arguments = arguments
        self.duration = duration
        self.line = line
        self.column = column
    }
}

/// A pause in a method.
public struct WaitStep: Sendable, Equatable {
    public var goal: Goal
    public var line: Int

    public init(_ goal: Goal, line: Int = 0) {
        self.goal = goal
        self.line = line
    }

    public enum Goal: Sendable, Equatable {
        /// Waits this long.
        case time(Duration)
        /// Waits until the steady state holds, at most this long.
        case steady(atMost: Duration)
    }
}

/// A probe that runs beside the method, at a fixed period.
public struct ProbeStep: Sendable, Equatable {
    public var kind: String
    public var name: String
    public var selector: Selector?
    public var arguments: Arguments
    /// The period; nil asks once.
    public var every: Duration?
    public var line: Int

    public init(
        kind: String, name: String? = nil, selector: Selector? = nil,
        arguments: Arguments = Arguments(), every: Duration? = nil, line: Int = 0
    ) {
        self.kind = kind
        self.name = name ?? kind
        self.selector = selector
        self.arguments = arguments
        self.every = every
        self.line = line
    }
}
