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
    private let plan: CutPlan
    /// For packets of an interface; nil for nodes of the testbed.
    private let packets: PacketCutPlan?

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        plan = try CutPlan(step: step, identifier: identifier, limits: limits)
        packets = try step.selector?.packets.map {
            try PacketCutPlan(
                $0, step: step, identifier: identifier, limits: limits, loss: .everything)
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        packets?.planned(summary: "what is aimed at vanishes", host: host)
            ?? plan.plannedToNodes(summary: "nothing reaches", host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        if let packets { return try packets.injector(in: context) }
        return try await plan.injector(toNodes: .requests, context: context)
    }
}
