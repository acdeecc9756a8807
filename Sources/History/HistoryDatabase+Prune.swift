import Glibc
import Kernel
import Records

extension HistoryDatabase {
    /// What was pruned, and what was left.
    public struct PruneResult: Sendable, Equatable {
        /// A drill whose evidence stays.
        public struct Kept: Sendable, Equatable {
            public var drill: String
            public var reason: String
        }

        /// Drills whose evidence was removed.
        public var removed: [String]
        public var kept: [Kept]
    }

    /// Removes the evidence of drills that began before a moment; their figures stay for the trends.
    ///
    /// A drill that has not ended, one that left a fault behind and one of another user are kept.
    ///
    /// - Parameter isTrial: whether to say only what would be removed.
    public func prune(before: Int64, isTrial: Bool) throws -> PruneResult {
        var result = PruneResult(removed: [], kept: [])
        for entry in try drills(DrillFilter(before: before), limit: .max).reversed() {
            guard let status = FileStatus.of(entry.directory) else { continue }
            if let reason = reasonToKeep(entry, status) {
                result.kept.append(.init(drill: entry.identifier, reason: reason))
                continue
            }
            do {
                if !isTrial {
                    _ = try DirectoryTree.remove(
                        entry.directory, device: status.device, inode: status.inode)
                }
                result.removed.append(entry.identifier)
            } catch {
                result.kept.append(.init(drill: entry.identifier, reason: "\(error)"))
            }
        }
        return result
    }

    private func reasonToKeep(_ entry: DrillEntry, _ status: FileStatus) -> String? {
        guard status.isDirectory, status.owner == geteuid(), entry.user == geteuid() else {
            return "it belongs to user \(status.owner)"
        }
        guard entry.directory.hasSuffix("/\(entry.identifier)"),
            FileStatus.of("\(entry.directory)/header.json") != nil
        else { return "\(entry.directory) does not look like its evidence" }
        switch entry.outcome {
        case nil: return "it has no verdict"
        case .residual: return "it left a fault behind"
        default: return nil
        }
    }

    /// Forgets the drills that began before a moment; returns how many there were.
    ///
    /// One whose evidence is still there comes back with the next look at it.
    public func forget(before: Int64) throws -> Int {
        try storage.write { database in
            try database.rows(
                "DELETE FROM drill WHERE started < ? RETURNING id", [.integer(before)]
            ).count
        }
    }
}
