import CLinux
import Glibc

/// A new network namespace for questions whose answers would change the host's.
///
/// It has nothing but a `lo` that is down, no thread lives in it, and it ends with its descriptor
/// and the sockets that were opened in it.
public struct ScratchNetworkNamespace: Sendable {
    public let descriptor: Descriptor

    /// Makes one, which needs CAP_SYS_ADMIN.
    ///
    /// The calling thread is inside only during this call, which does not suspend.
    public init() throws(KernelError) {
        let path = "/proc/thread-self/ns/net"
        // The links below /proc/PID/ns are meant to be followed.
        let own = open(path, O_RDONLY | O_CLOEXEC)
        guard own >= 0 else {
            throw KernelError(call: "open", object: path, reason: .errno(errno))
        }
        defer { close(own) }
        guard clinux_unshare_network() == 0 else {
            throw KernelError(
                call: "unshare", object: "network namespace", reason: .errno(errno),
                remedy: errno == EPERM ? Capability.systemAdministration.remedy : "")
        }
        let new = open(path, O_RDONLY | O_CLOEXEC)
        let failure = errno
        let back = clinux_enter_network_namespace(own)
        // A thread left inside would hand its namespace to every thread made from it.
        precondition(back == 0, "setns back: \(KernelError.text(of: errno))")
        guard new >= 0 else {
            throw KernelError(call: "open", object: path, reason: .errno(failure))
        }
        descriptor = Descriptor(new)
    }
}
