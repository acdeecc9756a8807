import CLinux
import Glibc

/// Work inside other network namespaces (setns(2)).
enum NetworkNamespaces {
    /// Runs `body` with the calling thread inside a network namespace, and puts the thread back.
    ///
    /// Sockets that `body` opens stay bound to the namespace. Nil is the thread's own.
    static func inside<Result>(
        _ namespace: Int32?, _ body: () -> Result
    ) throws(KernelError) -> Result {
        guard let namespace else { return body() }
        let own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard own >= 0 else {
            throw KernelError(
                call: "open", object: "/proc/thread-self/ns/net", reason: .errno(errno))
        }
        defer { close(own) }
        guard clinux_enter_network_namespace(namespace) == 0 else {
            throw KernelError(
                call: "setns", object: "network namespace", reason: .errno(errno),
                remedy: errno == EPERM ? Capability.systemAdministration.remedy : "")
        }
        let result = body()
        let back = clinux_enter_network_namespace(own)
        // A thread left inside would hand its namespace to every thread made from it.
        precondition(back == 0, "setns back: \(KernelError.text(of: errno))")
        return result
    }
}
