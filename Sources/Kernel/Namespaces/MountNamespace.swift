import CLinux
import Glibc
import Synchronization

/// A mount namespace of the drill's own: its mounts end with its last process (mount_namespaces(7)).
public enum MountNamespace {
    /// Moves this process into a new mount namespace in which no mount propagates anywhere.
    ///
    /// Call it from the main thread before any other thread exists: the kernel moves only the
    /// calling thread, and threads made later inherit its namespace. Needs root.
    public static func unshare() throws(KernelError) {
        let before = Identity(path: "/proc/self/ns/mnt")
        guard clinux_unshare_mounts() == 0 else {
            throw KernelError(
                call: "unshare(CLONE_NEWNS)", object: "this process", reason: .errno(errno),
                remedy: errno == EPERM ? Capability.systemAdministration.remedy : "")
        }
        guard mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0 else {
            throw KernelError(call: "mount(MS_PRIVATE)", object: "/", reason: .errno(errno))
        }
        hasUnshared.store(true, ordering: .relaxed)
        remembered.withLock { $0 = $0 ?? before }
    }

    /// Whether this process has called ``unshare()``, or can see that it lies in another mount
    /// namespace than the first process.
    public static var isPrivate: Bool {
        if isOwn { return true }
        var own = stat()
        var first = stat()
        guard stat("/proc/thread-self/ns/mnt", &own) == 0, stat("/proc/1/ns/mnt", &first) == 0
        else { return false }
        return own.st_ino != first.st_ino
    }

    /// Whether this process has called ``unshare()``, so that what it mounts ends with it.
    public static var isOwn: Bool { hasUnshared.load(ordering: .relaxed) }

    private static let hasUnshared = Atomic(false)

    /// Where this process was before it left; nil for one that has not.
    static let remembered = Mutex<Identity?>(nil)

    /// Mounts an empty file system in memory, of at most `size` bytes, on a directory (tmpfs(5)).
    public static func mountTemporary(at path: String, size: Int64) throws(KernelError) {
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        guard mount("firedrill", path, "tmpfs", flags, "size=\(size),mode=0700") == 0 else {
            throw KernelError(
                call: "mount(tmpfs)", object: path, reason: .errno(errno),
                remedy: errno == EPERM ? Capability.systemAdministration.remedy : "")
        }
    }

    /// Detaches what is mounted on a path; its blocks are freed when the last user closes it.
    public static func unmount(_ path: String) throws(KernelError) {
        guard umount2(path, Int32(MNT_DETACH)) == 0 else {
            throw KernelError(call: "umount2", object: path, reason: .errno(errno))
        }
    }
}
