public import Playbooks
public import Records
public import Systems

/// Refuses what clients and other nodes send to a node's port: `network.refuse`.
///
/// The drill's own questions go around the links, and still reach the node.
public struct NetworkRefuse: Fault {
    public static let declaration = KindDeclaration(
        kind: "network.refuse",
        summary: "Refuses connections to a node's port and resets those that stand.",
        selector: .required, parameters: [CutBackendChoice.parameter])

    public static let backends = CutBackendChoice.backends

    public let identifier: String
    public let step: FaultStep
    private let plan: CutPlan

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        plan = try CutPlan(step: step, identifier: identifier, limits: limits)
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        plan.planned(
            summary: "connections are refused by \(NodeSelection.text(of: step.selector))",
            objects: ["the links to the nodes, resolved when the step begins"], host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let testbed = try plan.testbed(in: context)
        let selection = NodeSelection(
            selector: step.selector ?? Selector(), seed: context.seed, stream: identifier)
        let names = try selection.nodes(among: await testbed.nodes()).map(\.name)
        let cuts = testbed.links.filter { names.contains($0.destination) }
            .map { LinkCut(link: $0, loss: .refused) }
        guard !cuts.isEmpty else {
            throw FaultError(
                attempted: "resolve the selector", object: selection.text,
                reason: "no link leads to " + names.joined(separator: ", "))
        }
        return try plan.injector(cuts, testbed: testbed, context: context)
    }
}
