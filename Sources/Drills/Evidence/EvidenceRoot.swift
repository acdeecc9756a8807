public import Kernel

/// The directory in which drills leave their evidence, each in one of its own.
public enum EvidenceRoot {
    /// Opens it, and makes it when it is missing.
    ///
    /// A drill writes there with the rights of its user. So that nobody leads it elsewhere, the
    /// directory and all above it must belong to this user or root and be writable by nobody else,
    /// except where the sticky bit keeps others' hands off; a symbolic link is refused. Whoever runs a
    /// drill by sudo(8) is trusted as root, for a playbook runs whatever it names.
    ///
    /// Throws a ``DrillError``, one of the caller's mistakes when others could lead it elsewhere.
    public static func open(_ path: String) throws -> HeldDirectory {
        do {
            return try TrustedPath(trusting: TrustedPath.caller).openDirectory(path)
        } catch {
            guard case .refused = error.reason else {
                throw DrillError(
                    "open the evidence directory \(path)", reason: "\(error)",
                    remedy: "name another with --evidence")
            }
            throw DrillError(
                "keep evidence in \(path)", reason: "\(error)",
                remedy: "or name another directory with --evidence", isUsage: true)
        }
    }
}
