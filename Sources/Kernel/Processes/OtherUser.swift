import CLinux
import Glibc

/// The rights of another user, for as long as a piece of work takes.
public enum OtherUser {
    /// Runs `body` with no more rights than a user has; needs root.
    ///
    /// Real and effective user and group are that user's, there is no supplementary group, and no
    /// capability is effective: the kernel refuses what it would refuse the user. All threads of the
    /// process are meant, so nothing else may run meanwhile.
    public static func act<Result>(
        as user: UInt32, _ body: () throws -> Result
    ) throws -> Result {
        // A user that no table knows has no group of its own but the one of the same number.
        let group = getpwuid(user)?.pointee.pw_gid ?? user
        guard clinux_act_as(user, group) == 0 else {
            let reason = errno
            becomeRootAgain()
            throw KernelError(
                call: "setresuid", object: "user \(user)", reason: .errno(reason),
                remedy: reason == EPERM ? Capability.remedy("CAP_SETUID") : "")
        }
        defer { becomeRootAgain() }
        return try body()
    }

    /// Ends the process where root's rights do not come back: no caller could mend that, and an undo
    /// that goes on with some other mixture of rights would be neither user's.
    private static func becomeRootAgain() {
        let isRoot = clinux_act_as_root() == 0
        precondition(isRoot, "root's rights did not come back after acting for another user")
    }
}
