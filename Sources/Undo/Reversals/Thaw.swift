import Kernel
import Records

extension ReversalPerformer {
    /// Lets a frozen cgroup go on, when it is still the same one.
    func thaw(_ group: ControlGroup) throws -> Comparison {
        let isFrozen = try isFrozenAfterThaw(of: group)
        return Comparison(
            what: "freeze of \(group)", before: "not frozen",
            after: isFrozen.map { $0 ? "frozen" : "not frozen" } ?? "gone",
            isSame: isFrozen != true)
    }

    /// Nil when the group is gone.
    private func isFrozenAfterThaw(of group: ControlGroup) throws(KernelError) -> Bool? {
        do throws(KernelError) {
            try group.setFrozen(false)
            return try group.isFreezeAsked()
        } catch {
            guard error.reason == .vanished else { throw error }
            return nil
        }
    }
}
