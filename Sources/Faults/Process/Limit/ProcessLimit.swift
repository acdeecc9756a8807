public import Playbooks
public import Records
public import Systems

/// Takes a resource away from a running process: `process.limit`.
///
/// By prlimit(2), on the soft limit alone, so that whoever may impose it may also give it back. What
/// the process has open already stays open; what it wants to open or to write next is refused. When
/// it closes descriptors the limit is lowered again, so that no more than asked are ever left to it.
public struct ProcessLimit: Fault {
    public static let declaration = KindDeclaration(
        kind: "process.limit",
        summary: "Lets a running process have no more descriptors, or no larger files.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "descriptors_left", .integer(0...1_000_000),
                "How many more descriptors it may open; one of this and file_size."),
            ParameterDeclaration(
                "file_size", .byteCount,
                "Beyond this size no file may be written; SIGXFSZ ends a process that tries and"
                    + " does not ignore it."),
        ])

    public static let backends = [BackendNeeds("prlimit", [.pidfd])]

    public let identifier: String
    public let step: FaultStep
    private let goal: LimitGoal
    private let duration: Duration
    private let selector: Selector

    static let note = "prlimit on the running process's soft limit, its start time compared"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        selector = try ProcessSelection.selector(of: step, limits: limits)
        let goals = [
            step.arguments.integer("descriptors_left").map { LimitGoal.descriptorsLeft(Int($0)) },
            step.arguments.byteCount("file_size").map { LimitGoal.fileSize(UInt64($0.bytes)) },
        ].compactMap { $0 }
        guard goals.count == 1 else {
            throw step.problem(
                "it gives \(goals.count) of descriptors_left and file_size",
                "give exactly one")
        }
        goal = goals[0]
        duration = try step.requiredDuration()
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(goal.description) for \(DurationText(duration))",
            objects: [ProcessSelection.plannedObject(selector, system: system)],
            backend: "prlimit", backendNote: Self.note)
    }

    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        selector.namesProcess ? .processes(selector, for: .limit) : .testbed
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let nodes = await context.testbed?.nodes() ?? []
        let selection = ProcessSelection(
            selector: selector, seed: context.seed, stream: identifier)
        return LimitInjector(
            identifier: identifier, goal: goal, duration: duration,
            processes: try selection.processes(nodes: nodes),
            ports: Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.port) }),
            context: context)
    }
}
