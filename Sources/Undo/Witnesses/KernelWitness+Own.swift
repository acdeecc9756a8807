import Glibc
import Kernel

extension [KernelWitness] {
    /// For what lives in this process's memory, or in sockets of its own, and ends with it.
    public static var endOfThisProcess: [KernelWitness] {
        ProcessTable.identity(of: getpid()).map { [.ended($0)] } ?? []
    }

    /// For what lies in mounts of this process's own; empty when it has no mount namespace of its own.
    public static var endOfOwnMounts: [KernelWitness] {
        guard MountNamespace.isOwn else { return [] }
        return MountNamespace.Identity.ofThisThread.map { [.mounts($0)] } ?? []
    }

    /// For processes that work in a directory; empty when there is no such directory.
    public static func endOfWork(in directory: String) -> [KernelWitness] {
        FileStatus.of(directory).map { [.folder(device: $0.device, inode: $0.inode)] } ?? []
    }
}
