import Kernel
import Records

extension ReversalPerformer {
    /// Gives a process back the limit that it had before, when it is still the same process.
    ///
    /// Ours is the imposed limit and every lower one. A limit that is neither ours nor the one from
    /// before has been set by somebody else since, and stays.
    func restoreLimit(
        of process: ProcessIdentity, _ resource: LimitedResource, prior: ResourceLimit,
        imposed: ResourceLimit
    ) throws -> Comparison {
        let after = try restored(process, resource, prior: prior, imposed: imposed)
        return Comparison(
            what: "limit of \(resource.rawValue) of \(process)", before: "\(prior)",
            after: after.map { "\($0)" } ?? "it has ended",
            isSame: after.map { $0 == prior || !isOurs($0, imposed) } ?? true)
    }

    /// The limit afterwards; nil when the process has ended.
    private func restored(
        _ process: ProcessIdentity, _ resource: LimitedResource, prior: ResourceLimit,
        imposed: ResourceLimit
    ) throws(KernelError) -> ResourceLimit? {
        do throws(KernelError) {
            let handle = try ProcessHandle(process)
            if isOurs(try handle.limit(of: resource), imposed) {
                _ = try handle.setLimit(of: resource, to: prior)
            }
            return try handle.limit(of: resource)
        } catch {
            guard error.reason == .vanished else { throw error }
            return nil
        }
    }

    private func isOurs(_ limit: ResourceLimit, _ imposed: ResourceLimit) -> Bool {
        limit.hard == imposed.hard && limit.soft <= imposed.soft
    }
}
