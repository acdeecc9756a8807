public import Playbooks
public import Records
public import Systems

/// Ends a node's process again and again: `process.crash_loop`.
///
/// SIGKILL by pidfd, as `process.kill` sends it; the testbed starts the node again after each end,
/// the last one included. Finds what only a second crash finds: recovery that is itself not safe
/// from a crash, and back-off that never ends.
public struct ProcessCrashLoop: Fault {
    public static let declaration = KindDeclaration(
        kind: "process.crash_loop", summary: "Kills a node's process again and again.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "count", .integer(2...1_000), "How many times the process is killed.",
                default: .integer(3)),
            ParameterDeclaration(
                "uptime", .duration, "How long the process runs between its start and its end.",
                default: .duration(.seconds(1))),
            ParameterDeclaration(
                "restart_after", .duration,
                "How long after each end the testbed starts the node again.",
                default: .duration(.milliseconds(500))),
        ])

    public static let backends = [BackendNeeds("pidfd", [.pidfd])]

    public let identifier: String
    public let step: FaultStep
    private let loop: CrashLoop
    private let selector: Selector

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        selector = try ProcessSelection.selector(of: step, limits: limits)
        loop = CrashLoop(
            count: Int(step.arguments.integer("count") ?? 3),
            uptime: step.arguments.duration("uptime") ?? .seconds(1),
            restartAfter: step.arguments.duration("restart_after") ?? .milliseconds(500))
        if selector.namesProcess {
            throw step.problem(
                "only the testbed's nodes can be started again", "name a role or a node")
        }
        if step.duration != nil {
            throw step.problem("it is over after its last kill", "use 'count' and 'uptime'")
        }
    }

    public var shortestDuration: Duration { loop.shortestDuration }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(loop.count) times SIGKILL, \(DurationText(loop.uptime)) after"
                + " each start",
            objects: [ProcessSelection.plannedObject(selector, system: system)],
            backend: "pidfd", backendNote: ProcessKill.note)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed", "give the playbook a target")
        }
        let selection = ProcessSelection(
            selector: selector, seed: context.seed, stream: identifier)
        let processes = try selection.processes(nodes: await testbed.nodes())
        return CrashLoopInjector(
            identifier: identifier, loop: loop, processes: processes, testbed: testbed,
            context: context)
    }
}

/// How often and how fast a process is ended.
struct CrashLoop: Sendable, Equatable {
    var count: Int
    var uptime: Duration
    var restartAfter: Duration

    /// What passes between the first end and the last start.
    var shortestDuration: Duration { (uptime + restartAfter) * (count - 1) + restartAfter }
}
