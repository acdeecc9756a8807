public import Kernel

/// Tells which file systems the host itself lives on, wherever else they are mounted.
public struct HostDisks: Sendable {
    /// Directories that the host lives in, and all that is mounted below them.
    static let vital = ["/", "/home", "/root", "/boot", "/var", "/usr", "/etc"]

    /// The home directories of the host's users.
    public var homes: [String]
    /// The file system that a path lies on; nil when there is no such path.
    public var identity: @Sendable (String) -> FileSystemIdentity?
    /// Where the file system that a path lies on is mounted; nil when that cannot be told.
    public var mountPoint: @Sendable (String) -> String?

    public init(
        homes: [String], identity: @escaping @Sendable (String) -> FileSystemIdentity?,
        mountPoint: @escaping @Sendable (String) -> String?
    ) {
        self.homes = homes
        self.identity = identity
        self.mountPoint = mountPoint
    }

    /// Those of this host, as this process sees them.
    public static var ofThisHost: HostDisks {
        HostDisks(
            homes: UserTable.homes, identity: { FileSystem.identity(of: $0) },
            mountPoint: { FileSystem.mountPoint(of: $0) })
    }

    /// Where nobody can be asked: mount points are known by their names alone.
    public static let unknown = HostDisks(
        homes: [], identity: { _ in nil }, mountPoint: { _ in nil })

    /// Whether two paths lie on one file system.
    func areSame(_ first: String, _ second: String) -> Bool {
        guard let first = identity(first), let second = identity(second) else { return false }
        return first.isSame(as: second)
    }

    /// What of the host lives in the file system mounted at `mountPoint`; nil when nothing does.
    ///
    /// - Parameter isForeign: whether it is none of a testbed's own, which may lie anywhere.
    func tenant(of mountPoint: String, isForeign: Bool) -> String? {
        if Self.vital.contains(mountPoint) { return mountPoint }
        let above = Self.vital.first { $0 != "/" && mountPoint.hasPrefix($0 + "/") }
        if isForeign, let above { return "what belongs to \(above)" }
        return (Self.vital + homes).first { areSame($0, mountPoint) }
    }

    /// Whether a list of paths names this file system: by this mount point, or by another of its own.
    func isNamed(_ mountPoint: String, by paths: [String]) -> Bool {
        paths.contains { path in
            // A directory of a file system does not stand for all of it.
            path == mountPoint || self.mountPoint(path) == path && areSame(path, mountPoint)
        }
    }
}
