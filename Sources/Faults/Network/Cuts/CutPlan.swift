import Playbooks
import Records
import Systems

/// What all faults that cut links have in common: their time, their backend, and how they are made.
struct CutPlan: Sendable {
    let step: FaultStep
    let identifier: String
    let limits: Limits
    let duration: Duration
    private let asked: String

    /// How long an answer may take before a try counts as lost.
    private static let patience = Duration.milliseconds(400)

    init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        self.limits = limits
        asked = step.arguments.string("backend") ?? "auto"
        guard let duration = step.duration, duration >= .seconds(2) else {
            throw step.problem(
                "it takes two seconds to prove that nothing passes", "add 'for: 5 s'")
        }
        self.duration = duration
    }

    /// What would be done, in one sentence with its objects; touches nothing.
    func planned(
        summary: String, objects: [String], host: HostCapabilities
    ) -> Plan.PlannedStep {
        var planned = Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(summary) for \(DurationText(duration))", objects: objects)
        do {
            let choice = try choice(host: host)
            planned.backend = choice.backend.rawValue
            planned.backendNote = choice.note
        } catch {
            planned.backendNote = "\(error)"
        }
        return planned
    }

    /// What would be done to all links that lead to the selected nodes; see ``planned(summary:objects:host:)``.
    func plannedToNodes(summary: String, host: HostCapabilities) -> Plan.PlannedStep {
        planned(
            summary: "\(summary) \(NodeSelection.text(of: step.selector))",
            objects: ["the links to the nodes, resolved when the step begins"], host: host)
    }

    /// Makes the injector that cuts all links that lead to the selected nodes.
    func injector(
        toNodes loss: LinkCut.Loss, context: FaultContext
    ) async throws -> any Injector {
        let testbed = try testbed(in: context)
        let selection = NodeSelection(
            selector: step.selector ?? Selector(), seed: context.seed, stream: identifier)
        let names = try selection.nodes(among: await testbed.nodes()).map(\.name)
        let cuts = testbed.links.filter { names.contains($0.destination) }
            .map { LinkCut(link: $0, loss: loss) }
        guard !cuts.isEmpty else {
            throw FaultError(
                attempted: "resolve the selector", object: selection.text,
                reason: "no link leads to " + names.joined(separator: ", "))
        }
        return try injector(cuts, testbed: testbed, context: context)
    }

    /// Makes the injector that cuts these links and spares the others.
    func injector(
        _ cuts: [LinkCut], isolated: [String] = [], testbed: any Testbed, context: FaultContext
    ) throws -> any Injector {
        let choice = try choice(host: context.host)
        let backend: any CutBackend =
            switch choice.backend {
            case .nftables: NftablesCut(cuts: cuts, identifier: identifier)
            case .proxy: ProxyCut(cuts: cuts)
            }
        let names = Set(cuts.map(\.link.name))
        return CutInjector(
            identifier: identifier, duration: duration, cuts: cuts,
            spared: testbed.links.filter { !names.contains($0.name) }, backend: backend,
            note: choice.note, isolated: isolated,
            trials: ReachTrials(
                testbed: testbed, patience: Self.patience, now: context.now,
                sleep: context.sleep))
    }

    /// The testbed whose links are cut; throws when there is none.
    func testbed(in context: FaultContext) throws -> any Testbed {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed whose links could be cut", "name a target")
        }
        return testbed
    }

    private func choice(host: HostCapabilities) throws -> CutBackendChoice {
        try CutBackendChoice(asked: asked, host: host, limits: limits)
    }
}
