import CLinux
import Glibc

/// Waits until files are on disk.
public enum FileSync {
    /// Syncs those of the files that exist, and the directory that names them (fsync(2)).
    ///
    /// All are started on their way before the first is waited for, so that a file system with a
    /// journal commits once for all of them. Throws the first failure, after all were tried.
    public static func sync(_ names: [String], in directory: String) throws(KernelError) {
        try sync(names, in: HeldDirectory(at: directory))
    }

    /// Syncs those of the files that exist in a directory that is held, and the directory.
    public static func sync(
        _ names: [String], in directory: HeldDirectory
    ) throws(KernelError) {
        let parent = directory.descriptor
        var files: [(path: String, descriptor: Descriptor)] = []
        for name in names {
            do throws(KernelError) {
                let flags = O_RDONLY | O_NONBLOCK
                let file = try Descriptor.open(name, below: parent, flags: flags)
                clinux_start_writeback(file.number)
                files.append((directory.file(name), file))
            } catch  where error.number == ENOENT {
                continue
            }
        }
        files.append((directory.path, parent))
        var failure: KernelError?
        for file in files where fsync(file.descriptor.number) != 0 {
            failure =
                failure ?? KernelError(call: "fsync", object: file.path, reason: .errno(errno))
        }
        if let failure { throw failure }
    }
}
