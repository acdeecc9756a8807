import Kernel
import Undo

/// Pauses a whole cgroup, with what its processes fork meanwhile; the guardian thaws it when the
/// drill dies.
struct FreezerMeans: PauseMeans {
    static let note = "cgroup.freeze; the guardian thaws the group when the drill dies"

    let backend = "freezer"
    let note: String = FreezerMeans.note
    let group: ControlGroup

    var reversals: [(summary: String, reversal: Reversal)] { [("thaw \(group)", .thaw(group))] }

    func check() throws {
        // One below that is frozen already would stay so when the group is thawed.
        let isFrozen = try group.isFreezeAsked() || group.isFrozen()
        guard let frozen = isFrozen ? group : group.frozenBelow else { return }
        throw FaultError(
            attempted: "pause the processes", object: "\(frozen)",
            reason: "somebody else has frozen it", remedy: "thaw it first")
    }

    func pause() throws { try group.setFrozen(true) }

    func standing(of process: ProcessIdentity) throws -> Standing {
        guard ProcessTable.isAlive(process) else { return .ended }
        return try group.isFrozen() ? .paused : .running
    }

    func resume() throws {
        do throws(KernelError) {
            try group.setFrozen(false)
        } catch {
            // A group that was removed while it was frozen holds nobody any more.
            guard error.reason == .vanished else { throw error }
        }
    }
}
