import Glibc
import Synchronization

extension MountNamespace {
    /// The mount namespace that this process was started in, whatever it has left since.
    ///
    /// Nil where /proc does not tell.
    public static var home: Identity? {
        remembered.withLock(\.self) ?? Identity(path: "/proc/self/ns/mnt")
    }

    /// A descriptor of this mount namespace, by some process that is in it.
    ///
    /// Nil when that is our own already, in which nothing has to be entered; throws
    /// ``KernelError`` with `vanished` when no process is in it any more.
    public static func hold(_ identity: Identity) throws(KernelError) -> Descriptor? {
        if Identity.ofThisThread == identity { return nil }
        for process in [1] + ProcessTable.all().map(\.pid) {
            let path = "/proc/\(process)/ns/mnt"
            guard identity.hasNumber(of: path) else { continue }
            // Not by Descriptor.open: the entry is a symbolic link that only open(2) can follow.
            let number = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            guard number >= 0 else { continue }
            let descriptor = Descriptor(number)
            if Identity(of: descriptor) == identity { return descriptor }
        }
        throw KernelError(
            call: "open", object: "mount namespace \(identity.inode)", reason: .vanished,
            remedy: "start the service by hand")
    }
}
