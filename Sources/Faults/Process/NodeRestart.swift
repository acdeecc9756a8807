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

    /// What a look at a node found after the fault that had ended its process.
    struct Look {
        var comparisons: [Comparison]
        var isResidue: Bool
    }

    /// Compares a node with what it was before: whether it runs, and answers.
    ///
    /// - Parameters:
    ///   - ended: The process that the fault has ended.
    ///   - before: What the node's status was then.
    ///   - problem: Why it could not be started again; nil when nothing is known.
    ///   - isDiskDead: Whether its disk answers nothing, so that it counts as down.
    ///   - isBrief: Whether there is no time to wait until it answers.
    func look(
        at node: String, ended: ProcessIdentity, before: ProbeSample.Result?, problem: String?,
        isDiskDead: Bool = false, isBrief: Bool
    ) async -> Look {
        let now = await process(of: node)
        let isResidue = await isResidue(isDown: isDiskDead || now == nil)
        var comparisons = [
            Comparison(
                what: "a process of node \(node) runs", before: "\(ended)",
                after: now.map { "\($0)" } ?? problem ?? "none", isSame: now != nil)
        ]
        if !isBrief, now != nil { comparisons.append(await answer(of: node, before: before)) }
        return Look(comparisons: comparisons, isResidue: isResidue)
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

extension ProcessHandle {
    /// Returns when the process has gone after SIGKILL; throws when it lives on for `patience`.
    func confirmEnd(within patience: Duration) async throws {
        guard await waitForExit(atMost: patience) else {
            try Task.checkCancellation()
            throw FaultError(
                attempted: "end the process", object: "\(identity)",
                reason: "it lives \(DurationText(patience)) after SIGKILL")
        }
    }
}
