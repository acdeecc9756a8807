import Glibc
import Synchronization

extension MountNamespace {
    /// The inode of the mount namespace that this process was started in, whatever it has left since.
    ///
    /// Nil where /proc does not tell.
    public static var home: UInt64? { remembered.withLock(\.self) ?? inode(of: "self") }

    /// The inode of a process's mount namespace; nil when it is gone, or may not be looked at.
    static func inode(of process: String) -> UInt64? {
        var status = stat()
        guard stat("/proc/\(process)/ns/mnt", &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }

    /// A descriptor of the mount namespace with this inode, by some process that is in it.
    ///
    /// Nil when that is our own already, in which nothing has to be entered; throws
    /// ``KernelError`` with `vanished` when no process is in it any more.
    public static func hold(inode: UInt64) throws(KernelError) -> Descriptor? {
        if Self.inode(of: "thread-self") == inode { return nil }
        for process in [1] + ProcessTable.all().map(\.pid) {
            guard Self.inode(of: "\(process)") == inode else { continue }
            // Not by Descriptor.open: the entry is a symbolic link that only open(2) can follow.
            let number = Glibc.open("/proc/\(process)/ns/mnt", O_RDONLY | O_CLOEXEC)
            guard number >= 0 else { continue }
            let descriptor = Descriptor(number)
            if let status = try? descriptor.status(), status.inode == inode { return descriptor }
        }
        throw KernelError(
            call: "open", object: "mount namespace \(inode)", reason: .vanished,
            remedy: "start the service by hand")
    }
}
