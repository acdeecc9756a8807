import Kernel
public import Playbooks
public import Records
public import Systems

/// Keeps the host's processors busy: `cpu.load`.
///
/// With one child for each processor, which works for its share of each hundredth of a second and
/// dies with the drill (PR_SET_PDEATHSIG, prctl(2)). The load competes with the target as any other
/// process does; what it got of the processors is measured, not assumed.
public struct CPULoad: Fault {
    public static let declaration = KindDeclaration(
        kind: "cpu.load", summary: "Keeps processors busy for a share of the time.",
        parameters: [
            ParameterDeclaration(
                "percent", .ratio, "For which share of the time each processor is kept busy.",
                isRequired: true),
            ParameterDeclaration(
                "processors", .integer(1...4_096), "How many processors; left out, all."),
        ])

    public static let backends = [BackendNeeds("children", [])]

    public let identifier: String
    public let step: FaultStep
    private let share: Double
    private let processors: Int
    private let duration: Duration

    static let note = "children of the drill that the kernel ends with it"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        share = step.arguments.ratio("percent")?.fraction ?? 0
        processors = step.arguments.integer("processors").map(Int.init) ?? ProcessorTimes.count
        guard share > 0 else {
            throw step.problem("a load of nothing", "set 'percent: 80 %'")
        }
        duration = try step.requiredDuration()
        if share > limits.cpu.fraction {
            throw step.problem(
                "the limits allow \(DurationText.number(limits.cpu.fraction * 100)) %",
                "set 'limits: { cpu: \(DurationText.number(share * 100)) % }'")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(DurationText.number(share * 100)) % for "
                + DurationText(duration).description,
            objects: ["\(processors) processors of the host"], backend: "children",
            backendNote: LoadPlace.find().note)
    }

    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        .exactly([ProcessorLoad(share: share, count: processors).object])
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        LoadInjector(
            identifier: identifier, duration: duration,
            load: ProcessorLoad(share: share, count: processors), context: context)
    }
}
