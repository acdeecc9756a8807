import CLinux
import Glibc

extension MountNamespace {
    /// What tells a mount namespace from the others of this boot.
    public struct Identity: Sendable, Hashable, Codable {
        public var device: UInt64
        /// The kernel gives it to another namespace when this one has ended.
        public var inode: UInt64
        /// A number that no other one ever has (NS_GET_MNTNS_ID, Linux 6.11); nil before that.
        public var unique: UInt64?

        /// The namespace that the calling thread is in; nil when it cannot be read.
        public static var ofThisThread: Identity? { Identity(path: "/proc/thread-self/ns/mnt") }

        init?(path: String) {
            let number = open(path, O_RDONLY | O_CLOEXEC)
            guard number >= 0 else { return nil }
            self.init(of: Descriptor(number))
        }

        init?(of descriptor: Descriptor) {
            guard let status = try? descriptor.status() else { return nil }
            (device, inode) = (status.device, status.inode)
            var identifier: UInt64 = 0
            unique =
                clinux_mount_namespace_identifier(descriptor.number, &identifier) == 0
                ? identifier : nil
        }

        /// The processes inside, as far as this user may see; nil when they cannot be told from
        /// those of a later namespace of the same number.
        ///
        /// A kernel without unique numbers keeps the inode for as long as this process is inside.
        public func members() -> [ProcessIdentity]? {
            guard unique != nil || Self.ofThisThread == self else { return nil }
            return ProcessTable.all().filter { process in
                let path = "/proc/\(process.pid)/ns/mnt"
                guard hasNumber(of: path) else { return false }
                return unique == nil || Identity(path: path) == self
            }
        }

        /// Whether the namespace behind a path has these numbers now, be it another one.
        func hasNumber(of path: String) -> Bool {
            var status = stat()
            return stat(path, &status) == 0 && UInt64(status.st_ino) == inode
                && UInt64(status.st_dev) == device
        }
    }
}
