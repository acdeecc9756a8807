import Playbooks
import Records
import Systems

/// What network.blackhole and network.refuse have in common: they cut every way to a node, or the
/// packets of an interface, and differ in what the sender is told.
struct NodeCutPlan: Sendable {
    /// What becomes of what is sent.
    enum End: Sendable { case vanishes, isRefused }

    private let end: End
    private let nodes: CutPlan
    /// For packets of an interface; nil for nodes of the testbed.
    private let packets: PacketCutPlan?

    init(_ end: End, step: FaultStep, identifier: String, limits: Limits) throws {
        self.end = end
        nodes = try CutPlan(step: step, identifier: identifier, limits: limits)
        packets = try step.selector?.packets.map {
            try PacketCutPlan(
                $0, step: step, identifier: identifier, limits: limits,
                loss: end == .vanishes ? .everything : .refused)
        }
    }

    /// What would be done, in one sentence with its objects; touches nothing.
    func planned(host: HostCapabilities) -> Plan.PlannedStep {
        switch end {
        case .vanishes:
            packets?.planned(summary: "what is aimed at vanishes", host: host)
                ?? nodes.plannedToNodes(summary: "nothing reaches", host: host)
        case .isRefused:
            packets?.planned(summary: "connections are refused", host: host)
                ?? nodes.plannedToNodes(summary: "connections are refused by", host: host)
        }
    }

    func injector(in context: FaultContext) async throws -> any Injector {
        if let packets { return try packets.injector(in: context) }
        return try await nodes.injector(
            toNodes: end == .vanishes ? .requests : .refused, context: context)
    }
}
