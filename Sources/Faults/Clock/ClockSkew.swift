import Kernel
public import Playbooks
public import Records
public import Systems

/// Gives a node of the testbed another time: `clock.skew`.
///
/// The wall clock of the running process jumps, and jumps back at the end; nobody else's does. Its
/// monotonic clock is another one where the machine was started anew, or the node has moved to
/// another machine: the node is started again in a time namespace, and again at the end without.
public struct ClockSkew: Fault {
    public static let declaration = KindDeclaration(
        kind: "clock.skew",
        summary: "Puts a node's wall clock, or its monotonic one, ahead or behind.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "ahead", .duration, "How far the clock is put ahead; one of ahead and behind."),
            ParameterDeclaration("behind", .duration, "How far the clock is put behind."),
            ParameterDeclaration(
                "clock", .choice(["wall", "monotonic"]),
                "The wall clock, while the node runs; or the monotonic clock and the time since"
                    + " boot, for which the node is started again, and at the end once more.",
                default: .string("wall")),
        ])

    public static let backends = [
        BackendNeeds("vdso", [.pidfd, .tracing, .clockCode]),
        BackendNeeds(monotonicBackend, [.pidfd, .systemAdministration, .timeNamespaces]),
    ]

    static let monotonicBackend = "time namespace"

    public let identifier: String
    public let step: FaultStep
    private let isMonotonic: Bool
    private let offset: Duration
    private let duration: Duration
    private let selector: Selector

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        selector = try ProcessSelection.selector(of: step, limits: limits)
        duration = try step.requiredDuration()
        isMonotonic = step.arguments.string("clock") == "monotonic"
        let ahead = step.arguments.duration("ahead")
        let behind = step.arguments.duration("behind")
        guard (ahead == nil) != (behind == nil) else {
            throw step.problem("it does not give one of ahead and behind", "set 'ahead: 1 h'")
        }
        offset = ahead ?? .zero - (behind ?? .zero)
        if abs(offset.nanoseconds) < Self.smallest.nanoseconds {
            throw step.problem(
                "less than \(DurationText(Self.smallest)) could not be told from the way to the node",
                "set 'ahead: 1 h'")
        }
        if selector.namesProcess {
            throw step.problem(
                isMonotonic
                    ? "only a node that the drill has started can be started again with another clock"
                    : "that a clock is off is proven by the node's own reading of it, which only a "
                        + "target that the drill has started gives", "name a role or a node")
        }
    }

    /// What can be told from the time that a question and its answer take on a busy host.
    private static let smallest = Duration.milliseconds(500)

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let problem = isMonotonic ? monotonicProblem : wallProblem
        let size = DurationText(.nanoseconds(abs(offset.nanoseconds)))
        return Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): the \(isMonotonic ? "monotonic" : "wall") clock \(size) "
                + (offset > .zero ? "ahead" : "behind") + " for \(DurationText(duration))"
                + (isMonotonic ? ", with a restart at its beginning and at its end" : ""),
            objects: [ProcessSelection.plannedObject(selector, system: system)],
            backend: problem != nil ? "" : isMonotonic ? Self.monotonicBackend : "vdso",
            backendNote: problem
                ?? (isMonotonic ? MonotonicClockMeans.note : WallClockMeans.note))
    }

    private var wallProblem: String? {
        let capability = WallClockSkew.capability()
        guard capability.presence != .present else { return nil }
        return "the wall clock of one process cannot be changed here: \(capability.evidence)"
    }

    private var monotonicProblem: String? {
        TimeNamespace.objection(to: offset).map {
            "no process can have such a monotonic clock here: \($0)"
        }
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed", "give the playbook a target")
        }
        let selection = ProcessSelection(
            selector: selector, seed: context.seed, stream: identifier)
        let processes = try selection.processes(nodes: await testbed.nodes())
        let means: any SkewMeans =
            isMonotonic
            ? MonotonicClockMeans(processes, testbed: testbed, context: context)
            : WallClockMeans(processes, testbed: testbed)
        return ClockSkewInjector(
            identifier: identifier, offset: offset, duration: duration, processes: processes,
            means: means, testbed: testbed, context: context)
    }
}
