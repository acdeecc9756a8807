public import Playbooks
public import Records
public import Systems

/// Makes processes stand still for a while: `process.pause`.
///
/// By ptrace(2), whose stops the kernel ends with the drill; a whole cgroup by its freezer, which
/// the guardian thaws. Unlike SIGSTOP neither is seen by the process's parent, and neither can be
/// ended by a SIGCONT from elsewhere.
public struct ProcessPause: Fault {
    public static let declaration = KindDeclaration(
        kind: "process.pause",
        summary: "Makes a process stand still for the step's 'for', and go on afterwards.",
        selector: .required)

    public static let backends = [
        BackendNeeds("ptrace", [.pidfd, .tracing]),
        BackendNeeds("freezer", [.pidfd, .controlGroups]),
    ]

    public let identifier: String
    public let step: FaultStep
    private let duration: Duration
    private let selector: Selector

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        selector = try ProcessSelection.selector(of: step, limits: limits)
        duration = try step.requiredDuration()
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): stands still for \(DurationText(duration))",
            objects: [ProcessSelection.plannedObject(selector, system: system)],
            backend: selector.isWholeGroup ? "freezer" : "ptrace",
            backendNote: selector.isWholeGroup ? FreezerMeans.note : TraceMeans.note)
    }

    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        guard selector.namesProcess else { return .testbed }
        return selector.isWholeGroup
            ? .group(selector, file: "cgroup.freeze") : .processes(selector, for: .trace)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let nodes = await context.testbed?.nodes() ?? []
        let selection = ProcessSelection(
            selector: selector, seed: context.seed, stream: identifier)
        let processes = try selection.processes(nodes: nodes)
        let group = selector.isWholeGroup ? try selection.controlGroup() : nil
        return PauseInjector(
            identifier: identifier, duration: duration, processes: processes,
            means: try group.map { FreezerMeans(group: $0) } ?? TraceMeans(processes),
            context: context)
    }
}
