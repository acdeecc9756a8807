import Kernel
import Playbooks
import Records
import Systems

/// A node whose own file system a fault takes away under its process.
struct DiskVictim: Sendable, Equatable {
    var node: String
    var process: ProcessIdentity
    /// The root of its own file system.
    var mountPoint: String
}

extension NodeSelection {
    /// The chosen ones of the nodes that run, with where each has its disk.
    ///
    /// - Parameter mountPoint: says where, or throws why the node's disk will not do.
    func diskVictims(
        of testbed: any Testbed, mountPoint: (NodeState) throws -> String
    ) async throws -> [DiskVictim] {
        let living = await testbed.nodes().filter { $0.process != nil }
        return try nodes(among: living).compactMap { node in
            try node.process.map { process in
                DiskVictim(node: node.name, process: process, mountPoint: try mountPoint(node))
            }
        }
    }

    /// The plan's line for these nodes' own `objects`, which are known when the step begins.
    static func plan(
        _ objects: String, by selector: Selector, of step: FaultStep, _ summary: String,
        backend: String, note: String, system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let nodes = system.map { " of nodes \($0.nodeNames.joined(separator: ", "))" } ?? ""
        return Plan.PlannedStep(
            line: step.line, kind: step.kind, summary: "\(step.name): \(summary)",
            objects: ["\(objects) by \(text(of: selector))\(nodes), resolved when the step begins"],
            backend: backend, backendNote: host.isRoot ? note : "\(note); needs root")
    }
}
