public import Playbooks
public import Records
public import Systems

/// Lets what clients and other nodes send to a node's port vanish: `network.blackhole`.
///
/// Or what crosses an interface, in each direction that is named.
///
/// The drill's own questions go around the links, and still reach the node.
public struct NetworkBlackhole: Fault {
    public static let declaration = KindDeclaration(
        kind: "network.blackhole",
        summary: "Lets everything that is sent to a node vanish: connections to its port hang.",
        selector: .required, parameters: [CutBackendChoice.parameter],
        selectsPackets: true)

    public static let backends = CutBackendChoice.backends

    public let identifier: String
    public let step: FaultStep
    private let plan: NodeCutPlan

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        plan = try NodeCutPlan(.vanishes, step: step, identifier: identifier, limits: limits)
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        plan.planned(host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        try await plan.injector(in: context)
    }
}
