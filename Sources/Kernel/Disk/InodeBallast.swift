import Glibc

/// Empty files that take up inodes, in a directory of their own.
///
/// Unlike a ``Ballast`` it has names and outlives its maker: only for file systems that do not.
public final class InodeBallast: Sendable {
    /// The directory that holds the files.
    public let path: String
    /// What identifies the directory to whoever removes it.
    public let status: FileStatus
    private let directory: Descriptor

    /// Makes the empty directory, which must not exist.
    public init(at path: String) throws(KernelError) {
        guard mkdir(path, 0o700) == 0 else {
            throw KernelError(call: "mkdir", object: path, reason: .errno(errno))
        }
        directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        status = try directory.status()
        self.path = path
    }

    /// Makes up to `count` more files; returns how many there was room for.
    ///
    /// - Parameter first: the number of the first one; those before it exist already.
    public func grow(by count: Int, from first: Int) throws(KernelError) -> Int {
        for number in 0..<max(0, count) {
            if mknodat(directory.number, "\(first + number)", S_IFREG | 0o600, 0) == 0 { continue }
            // Full is what was asked for; the caller compares with the file system's statistics.
            guard errno == ENOSPC || errno == EDQUOT else {
                throw KernelError(call: "mknodat", object: path, reason: .errno(errno))
            }
            return number
        }
        return max(0, count)
    }

    /// Removes the directory with everything in it; safe to call twice.
    public func remove() throws(KernelError) {
        _ = try DirectoryTree.remove(path, device: status.device, inode: status.inode)
    }
}
