import Glibc
import Kernel
public import Playbooks
public import Records
public import Systems
import Undo

/// Ends or stops processes by signal: `process.kill`.
///
/// Signals go by pidfd, after the start time has been checked (pidfd_send_signal(2)); KILL to all of
/// a cgroup goes by `cgroup.kill`. `STOP`, and what a terminal stops with, pauses for the step's
/// `for` and CONT ends the pause: what a shell's `kill` does, where `process.pause` is the pause that
/// leaves no trace. Signals that are sent to end a process must end it; the testbed starts it again
/// after `restart_after`. Of the others it is told whether the process took them, and ran on or ended.
public struct ProcessKill: Fault {
    public static let declaration = KindDeclaration(
        kind: "process.kill", summary: "Sends a signal to a process, by pidfd.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "signal", .choice(KillSignal.words),
                "The signal, by its name; STOP pauses the process for the step's 'for'.",
                default: .string("KILL")),
            ParameterDeclaration(
                "restart_after", .duration,
                "How long after its end the process is started again, a node by the testbed; left"
                    + " out, never, or at once with 'restart'."),
            ParameterDeclaration(
                "restart", .list(.string),
                "The program, by its absolute path, and its arguments that start a process outside"
                    + " of the testbed again, without a shell: [/usr/bin/systemctl, start, queue]."
                    + " Let the service's manager do it where there is one: started directly, it has"
                    + " the nice value, the limits and the cgroup that firedrill was started in."),
        ])

    public static let backends = [
        BackendNeeds("pidfd", [.pidfd]), BackendNeeds("cgroup.kill", [.pidfd, .controlGroups]),
    ]

    public let identifier: String
    public let step: FaultStep
    private let signal: KillSignal
    private let restartAfter: Duration?
    /// What starts a process of the host again; empty for none.
    private let restart: [String]
    private let selector: Selector

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        signal = step.arguments.string("signal").flatMap { KillSignal($0) } ?? .KILL
        restart = step.arguments.strings("restart") ?? []
        restartAfter =
            step.arguments.duration("restart_after") ?? (restart.isEmpty ? nil : .zero)
        selector = try ProcessSelection.selector(of: step, limits: limits)
        if signal.effect == .stops, step.duration == nil {
            throw step.problem("\(signal.rawValue) needs the length of the pause", "add 'for: 5 s'")
        }
        if signal.effect == .stops, restartAfter != nil {
            throw step.problem("a paused process is not restarted", "use 'for'")
        }
        if signal.effect != .stops, step.duration != nil {
            throw step.problem("\(signal.name) is over at once", "use 'restart_after'")
        }
        if !signal.mustEnd, restartAfter != nil {
            throw step.problem(
                "\(signal.name) need not end the process", "leave out 'restart_after'")
        }
        if restartAfter != nil, restart.isEmpty, selector.namesProcess {
            throw step.problem(
                "only the testbed's nodes can be started again without a command",
                "leave out 'restart_after', or say 'restart: [/usr/bin/systemctl, start, NAME]'")
        }
        try checkRestart()
    }

    /// Throws ``FaultError`` for a command that could start nothing.
    private func checkRestart() throws {
        guard let program = restart.first else { return }
        guard selector.namesProcess else {
            throw step.problem("the testbed starts its nodes itself", "leave out 'restart'")
        }
        guard program.hasPrefix("/") else {
            throw step.problem(
                "'\(program)' is no absolute path of a program", "PATH is not searched")
        }
    }

    public var shortestDuration: Duration { step.duration ?? restartAfter ?? .zero }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let command = restart.isEmpty ? "" : " by " + restart.joined(separator: " ")
        let wait =
            restartAfter.map { ", started again after \(DurationText($0))\(command)" } ?? ""
        let pause = step.duration.map { " for \(DurationText($0))" } ?? ""
        return Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(signal.name)\(pause)\(wait)",
            objects: [ProcessSelection.plannedObject(selector, system: system)],
            backend: backend, backendNote: Self.note(backend: backend, signal: signal))
    }

    /// A whole cgroup is killed by the kernel, with what it forks meanwhile.
    private var backend: String {
        selector.isWholeGroup && signal == .KILL ? "cgroup.kill" : "pidfd"
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let nodes = await context.testbed?.nodes() ?? []
        let selection = ProcessSelection(
            selector: selector, seed: context.seed, stream: identifier)
        let processes = try selection.processes(nodes: nodes)
        if signal.effect == .stops {
            return PauseInjector(
                identifier: identifier, duration: step.duration ?? .zero, processes: processes,
                means: try StopMeans(processes, signal: signal), context: context)
        }
        return KillInjector(
            identifier: identifier, signal: signal, restartAfter: restartAfter,
            processes: processes,
            group: backend == "cgroup.kill" ? try selection.controlGroup() : nil,
            service: try service(ending: processes), context: context)
    }

    /// What starts the ended processes again; nil where nothing is to.
    private func service(ending processes: [SelectedProcess]) throws -> ServiceRestart? {
        guard !restart.isEmpty, let sign = selector.sign else { return nil }
        let (ended, before) = (processes.map(\.identity), sign.processes())
        return ServiceRestart(
            command: restart, sign: sign, ended: ended, count: before.count,
            others: before.filter { !ended.contains($0) }, writtenAt: ProcessTable.ticks,
            mountNamespace: MountNamespace.home,
            inheritance: .ofThisProcess)
    }

    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        guard selector.namesProcess else { return .testbed }
        var aim =
            backend == "cgroup.kill"
            ? HostAim.group(selector, file: "cgroup.kill") : .processes(selector, for: .signal)
        if let program = restart.first {
            aim.lines.append(
                "\(restart.joined(separator: " ")), run afterwards without a shell")
            if access(program, X_OK) != 0 {
                aim.obstacles.append(
                    "\(program) cannot be run: \(String(cString: strerror(errno))); the process "
                        + "would stay dead")
            }
        }
        return aim
    }

    /// Whether the signal of a step must end the process for the fault to have had its effect.
    public static func endsProcesses(_ step: FaultStep) -> Bool {
        (step.arguments.string("signal").flatMap { KillSignal($0) } ?? .KILL).mustEnd
    }

    static let note = "sent to exactly this process: by pidfd, after its start time was compared"
    /// How a signal gets to its processes, and what becomes of their memory.
    static func note(backend: String, signal: KillSignal) -> String {
        guard backend == "pidfd" else { return groupNote }
        return signal.dumpsCore
            ? note + "; no core file is left, unless the process catches the signal and leaves one"
            : note
    }

    static let groupNote = "cgroup.kill: SIGKILL to all of the group, forked ones included"
}
