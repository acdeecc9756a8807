import CLinux
import Glibc

/// What tells one directory from all others, in this boot and in a later one.
public struct DirectoryMark: Sendable, Codable, Equatable {
    /// The device number, which may be another one after the next boot.
    public var device: UInt64
    /// The inode number; 0 for a directory that had not been made yet.
    public var inode: UInt64
    /// When it was made, in nanoseconds since 1970; nil where its file system does not say.
    public var birth: Int64?
    /// Where its file system was mounted; nil where that could not be told.
    public var mountPoint: String?

    public init(device: UInt64, inode: UInt64, birth: Int64? = nil, mountPoint: String? = nil) {
        self.device = device
        self.inode = inode
        self.birth = birth
        self.mountPoint = mountPoint
    }

    /// The mark of an open directory that lies at `path`.
    public init(of directory: Descriptor, at path: String) throws(KernelError) {
        let status = try directory.status()
        let birth = clinux_birth(directory.number)
        self.init(
            device: status.device, inode: status.inode, birth: birth < 0 ? nil : birth,
            mountPoint: FileSystem.mountPoint(of: path))
    }

    /// Whether both are the mark of one directory; nil when nobody can tell.
    ///
    /// - Parameter acrossBoots: whether a boot lies between them. Numbers of devices are then no
    ///   help: they are given out anew at each.
    public func isSame(as other: DirectoryMark, acrossBoots: Bool) -> Bool? {
        guard acrossBoots else { return device == other.device && inode == other.inode }
        guard let birth, let otherBirth = other.birth else {
            guard inode == other.inode else { return false }
            return device == other.device ? true : nil
        }
        guard birth == otherBirth else { return false }
        // An overlay may number its directories anew.
        return inode == other.inode ? true : nil
    }
}
