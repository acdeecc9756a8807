public import Playbooks
public import Records
public import Systems

/// Refuses what clients and other nodes send to a node's port: `network.refuse`.
///
/// Or what crosses an interface, in each direction that is named.
///
/// The drill's own questions go around the links, and still reach the node.
public struct NetworkRefuse: Fault {
    public static let declaration = KindDeclaration(
        kind: "network.refuse",
        summary: "Refuses connections to a node's port and resets those that stand.",
        selector: .required, parameters: [CutBackendChoice.parameter],
        selectsPackets: true)

    public static let backends = CutBackendChoice.backends

    public let identifier: String
    public let step: FaultStep
    private let plan: CutPlan
    /// For packets of an interface; nil for nodes of the testbed.
    private let packets: PacketCutPlan?

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        plan = try CutPlan(step: step, identifier: identifier, limits: limits)
        packets = try step.selector?.packets.map {
            try PacketCutPlan(
                $0, step: step, identifier: identifier, limits: limits, loss: .refused)
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        packets?.planned(summary: "connections are refused", host: host)
            ?? plan.plannedToNodes(summary: "connections are refused by", host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        if let packets { return try packets.injector(in: context) }
        return try await plan.injector(toNodes: .refused, context: context)
    }
}
