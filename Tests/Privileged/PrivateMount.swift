import Glibc
import Kernel
import Testing

/// A tmpfs in the mount namespace of a child: it is gone when the child is.
struct PrivateMount {
    private let child: ChildProcess
    /// The mounted directory, seen through /proc from our own namespace (proc(5), `/proc/PID/root`).
    let path: String

    /// Mounts a tmpfs of `size` bytes in a new namespace; needs root and util-linux.
    static func make(size: Int, options extra: String = "") async throws -> PrivateMount {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var options = ChildProcess.Options(executable: "/usr/bin/unshare")
        // /proc/PID/root leads into the namespace, so any directory will do as mount point.
        options.arguments = [
            "-m", "--propagation", "private", "/bin/sh", "-c",
            "mount -t tmpfs -o size=\(size),mode=0700\(extra) firedrill /mnt && echo up && exec sleep 600",
        ]
        options.environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        options.standardOutput = ends[1]
        let child = try ChildProcess.spawn(options)
        close(ends[1])
        ends[1] = open("/dev/null", O_RDONLY | O_CLOEXEC)
        var answer = [UInt8](repeating: 0, count: 3)
        let count = read(ends[0], &answer, answer.count)
        guard count == 3 else {
            _ = await child.terminate(grace: .zero)
            Issue.record("cannot mount a tmpfs in a namespace: run as root, with util-linux")
            throw CancellationError()
        }
        return PrivateMount(child: child, path: "/proc/\(child.identity.pid)/root/mnt")
    }

    func remove() async {
        _ = await child.terminate(grace: .zero)
    }
}
