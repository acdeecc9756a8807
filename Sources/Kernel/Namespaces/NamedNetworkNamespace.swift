private import CLinux
import Glibc

/// A network namespace that a path names (`/run/netns/NAME`, `/proc/PID/ns/net`), held open.
///
/// As long as this lives the namespace does, with all that is in it (namespaces(7)).
public struct NamedNetworkNamespace: Sendable {
    /// What tells a network namespace from all others of this boot.
    public struct Identity: Sendable, Hashable, Codable {
        /// Where it was found; another one may be there by now.
        public var path: String
        public var device: UInt64
        public var inode: UInt64

        public init(path: String, device: UInt64, inode: UInt64) {
            self.path = path
            self.device = device
            self.inode = inode
        }

        /// Whether it is the same namespace, wherever it was found.
        public func isSame(as other: Identity) -> Bool {
            device == other.device && inode == other.inode
        }
    }

    public let identity: Identity
    public let descriptor: Descriptor

    /// Opens the namespace at an absolute path; throws where there is none, or something else.
    public init(path: String) throws(KernelError) {
        let number = clinux_open_network_namespace(path)
        guard number != -2 else {
            throw KernelError(
                call: "open", object: path, reason: .refused("it is no network namespace"))
        }
        guard number >= 0 else {
            throw KernelError(
                call: "open", object: path, reason: .errno(errno),
                remedy: errno == ENOENT ? "ip netns lists the namespaces that have a name" : "")
        }
        descriptor = Descriptor(number)
        let status = try descriptor.status()
        identity = Identity(
            path: Self.truePath(number, status) ?? path, device: status.device,
            inode: status.inode)
    }

    /// Where an open namespace is mounted, with no symbolic link and no `..` on the way; nil for one
    /// that only a process keeps.
    private static func truePath(_ number: Int32, _ status: FileStatus) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/thread-self/fd/\(number)", &buffer, buffer.count)
        guard length > 0, buffer[0] == CChar(UInt8(ascii: "/")) else { return nil }
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let found = FileStatus.of(path), found.device == status.device,
            found.inode == status.inode
        else { return nil }
        return path
    }

    /// Finds a namespace again: at its path, or where a process lives in it; nil when it is gone.
    ///
    /// One that neither has a name nor a process any more is held by descriptors alone, if at all,
    /// and cannot be found.
    public init?(_ identity: Identity) {
        for path in [identity.path] + Self.pathsOfProcesses {
            guard let found = try? NamedNetworkNamespace(path: path),
                found.identity.isSame(as: identity)
            else { continue }
            self = found
            return
        }
        return nil
    }

    private static var pathsOfProcesses: [String] {
        ProcessTable.all().map { "/proc/\($0.pid)/ns/net" }
    }

    /// Whether it is the one that the calling thread is in.
    public var isOfThisThread: Bool {
        (try? NamedNetworkNamespace(path: "/proc/thread-self/ns/net")).map {
            $0.identity.isSame(as: identity)
        } ?? false
    }

    /// Runs `body` with the calling thread inside, and puts the thread back; `body` must not suspend.
    public func inside<Result>(_ body: () throws -> Result) throws -> Result {
        try NetworkNamespaces.inside(descriptor.number) {
            Swift.Result { try body() }
        }.get()
    }
}
