import CLinux
import Glibc
import Kernel

/// A network namespace held by a child, and gone with it.
struct NetworkNamespace {
    /// The namespace, open.
    let descriptor: Descriptor
    private let child: ChildProcess

    /// `/proc/PID/ns/net` of the child.
    var path: String { "/proc/\(child.identity.pid)/ns/net" }

    static func make() async throws -> NetworkNamespace {
        let child = try ChildProcess.spawn(
            .init(executable: "/usr/bin/unshare", arguments: ["-n", "/bin/sleep", "900"]))
        let path = "/proc/\(child.identity.pid)/ns/net"
        let own = try inode("/proc/self/ns/net")
        guard try await eventually({ try inode(path) != own }) else {
            _ = await child.terminate(grace: .zero)
            throw KernelError(
                call: "unshare", object: "network namespace", reason: .errno(ETIMEDOUT))
        }
        // Links below /proc/PID/ns are meant to be followed.
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            throw KernelError(call: "open", object: path, reason: .errno(errno))
        }
        return NetworkNamespace(descriptor: Descriptor(number), child: child)
    }

    func remove() async {
        _ = await child.terminate(grace: .zero)
    }

    /// Runs `body` with the calling thread inside; it cannot suspend.
    static func inside<Value>(
        _ namespace: NetworkNamespace?, _ body: () throws -> Value
    ) throws -> Value {
        guard let namespace else { return try body() }
        let own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        defer { close(own) }
        guard own >= 0, clinux_enter_network_namespace(namespace.descriptor.number) == 0 else {
            throw KernelError(call: "setns", object: namespace.path, reason: .errno(errno))
        }
        defer { precondition(clinux_enter_network_namespace(own) == 0, "setns back") }
        return try body()
    }

    private static func inode(_ path: String) throws -> UInt64 {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw KernelError(call: "stat", object: path, reason: .errno(errno))
        }
        return UInt64(status.st_ino)
    }
}
