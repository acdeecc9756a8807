public import Playbooks
public import Records
public import Systems

/// Ends or stops processes by signal: `process.kill`.
///
/// Signals go by pidfd, after the start time has been checked (pidfd_send_signal(2)). `STOP` pauses
/// for the step's `for` and CONT ends the pause; the other signals end the process, which the
/// testbed starts again after `restart_after`.
public struct ProcessKill: Fault {
    public static let declaration = KindDeclaration(
        kind: "process.kill", summary: "Sends a signal to a process, by pidfd.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "signal", .choice(KillSignal.allCases.map(\.rawValue)),
                "The signal; STOP pauses the process for the step's 'for'.",
                default: .string("KILL")),
            ParameterDeclaration(
                "restart_after", .duration,
                "How long after its end the testbed starts the node again; left out, never."),
        ])

    public static let backends = [BackendNeeds("pidfd", [.pidfd])]

    public let identifier: String
    public let step: FaultStep
    private let signal: KillSignal
    private let restartAfter: Duration?
    private let selector: Selector

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        signal = step.arguments.string("signal").flatMap(KillSignal.init) ?? .KILL
        restartAfter = step.arguments.duration("restart_after")
        guard let selector = step.selector else {
            throw Self.problem(step, "it is aimed at nothing", "say 'on: { role: primary }'")
        }
        self.selector = selector
        if selector.link != nil {
            throw Self.problem(step, "a link has no process", "name a role, a node or a process")
        }
        if signal == .STOP, step.duration == nil {
            throw Self.problem(step, "STOP needs the length of the pause", "add 'for: 5 s'")
        }
        if signal == .STOP, restartAfter != nil {
            throw Self.problem(step, "a paused process is not restarted", "use 'for'")
        }
        if signal != .STOP, step.duration != nil {
            throw Self.problem(step, "\(signal.name) is over at once", "use 'restart_after'")
        }
        if restartAfter != nil, isOutside {
            throw Self.problem(
                step, "only the testbed's nodes can be started again", "leave out 'restart_after'")
        }
        if limits.processes < 1 {
            throw Self.problem(
                step, "the limits allow no process", "set 'limits: { processes: 1 }'")
        }
    }

    private var isOutside: Bool {
        selector.pidFile != nil || selector.listeningPort != nil || selector.commandLine != nil
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let wait = restartAfter.map { ", started again after \(DurationText($0))" } ?? ""
        let pause = step.duration.map { " for \(DurationText($0))" } ?? ""
        let nodes = system.map { " of nodes \($0.nodeNames.joined(separator: ", "))" } ?? ""
        return Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(signal.name)\(pause)\(wait)",
            objects: [
                "process by \(NodeSelection.text(of: selector))" + (isOutside ? "" : nodes)
                    + ", resolved when the step begins"
            ], backend: "pidfd", backendNote: Self.note)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let nodes = await context.testbed?.nodes() ?? []
        let selection = ProcessSelection(
            selector: selector, seed: context.seed, stream: identifier)
        let processes = try selection.processes(nodes: nodes)
        if signal == .STOP {
            return PauseInjector(
                identifier: identifier, duration: step.duration ?? .zero, processes: processes,
                context: context)
        }
        return KillInjector(
            identifier: identifier, signal: signal, restartAfter: restartAfter,
            processes: processes, context: context)
    }

    static let note = "sent to exactly this process: by pidfd, after its start time was compared"

    private static func problem(
        _ step: FaultStep, _ reason: String, _ remedy: String
    ) -> FaultError {
        FaultError(
            attempted: "make the fault", object: "\(step.name), line \(step.line)",
            reason: reason, remedy: remedy)
    }
}
