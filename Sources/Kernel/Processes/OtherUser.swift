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
            guard clinux_act_as_root() == 0 else { fatalError("cannot become root again") }
            throw KernelError(
                call: "setresuid", object: "user \(user)", reason: .errno(reason),
                remedy: reason == EPERM ? "run as root" : "")
        }
        defer {
            // Nothing may go on with half of the rights.
            if clinux_act_as_root() != 0 { fatalError("cannot become root again") }
        }
        return try body()
    }
}
