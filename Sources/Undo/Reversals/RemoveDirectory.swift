import Glibc
import Kernel
import Records

extension ReversalPerformer {
    /// Removes a directory tree when it still is the recorded one.
    ///
    /// A record with inode 0 was written before the directory was made: an empty one is removed.
    func removeDirectory(_ path: String, device: UInt64, inode: UInt64) throws -> Comparison {
        if inode == 0 {
            guard rmdir(path) == 0 || errno == ENOENT else {
                throw KernelError(call: "rmdir", object: path, reason: .errno(errno))
            }
        } else {
            _ = try DirectoryTree.remove(path, device: device, inode: inode)
        }
        let remains = FileStatus.of(path)
        let isOurs =
            remains.map { $0.isDirectory && $0.device == device && $0.inode == inode } ?? false
        let after = remains == nil ? "absent" : isOurs ? "still there" : "another one"
        return Comparison(
            what: "directory \(path)", before: "absent", after: after, isSame: !isOurs)
    }
}
