import Kernel
import Records
import Systems
import Undo

/// What faults that end a node's process need to know of it before and after its restart.
struct NodeRestart: Sendable {
    let context: FaultContext
    let testbed: any Testbed

    /// Whether a node has no process, once its testbed has noticed the end of the old one.
    func isDown(_ node: String, since identity: ProcessIdentity) async -> Bool {
        var process: ProcessIdentity?
        _ = await context.wait(atMost: .seconds(2)) {
            process = await testbed.nodes().first { $0.name == node }?.process
            return process != identity
        }
        return process == nil
    }

    /// The node's process now.
    func process(of node: String) async -> ProcessIdentity? {
        await testbed.nodes().first { $0.name == node }?.process
    }

    /// Whether a node without a process, or with a dead disk, is something that a fault left behind.
    ///
    /// Without a guardian nothing is started any more: the node stays down, and what it has ends
    /// with the testbed, which is stopped next.
    func isResidue(isDown: Bool) async -> Bool {
        guard isDown else { return false }
        return await context.undo.isGuarded()
    }

    /// Whether a restarted node answers again; the system's affair, so no residue when it does not.
    func answer(of node: String, before: ProbeSample.Result?) async -> Comparison {
        var last = ProbeSample.Result.unknown
        let isThere = await context.wait(atMost: .seconds(15), every: .milliseconds(50)) {
            last = await testbed.status(of: node).result
            return last == .healthy
        }
        return Comparison(
            what: "status of node \(node) within 15 s", before: before?.rawValue ?? "unknown",
            after: last.rawValue, isSame: isThere)
    }
}
