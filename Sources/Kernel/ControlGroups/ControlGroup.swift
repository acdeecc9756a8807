import Glibc

/// A group of processes in the cgroup v2 hierarchy (cgroups(7)), known by its inode.
///
/// The kernel gives no inode of this file system twice in one boot, so a later group of the same
/// name is never taken for this one.
public struct ControlGroup: Sendable, Codable, Hashable, CustomStringConvertible {
    /// The absolute path of its directory.
    public let path: String
    public let inode: UInt64

    /// Where the hierarchy is mounted; nil on a host without one.
    ///
    /// Hosts that still have the hierarchies of version 1 have it below them.
    public static var root: String? {
        ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first {
            FileStatus.of($0 + "/cgroup.controllers") != nil
        }
    }

    /// Looks a group up by its absolute path, or by its path below ``root``.
    ///
    /// Throws `vanished` when there is none; the root itself is refused, for it is the whole host.
    public init(_ path: String) throws(KernelError) {
        guard let root = Self.root else {
            throw KernelError(
                call: "statfs", object: "/sys/fs/cgroup",
                reason: .refused("this host has no cgroup v2 hierarchy"),
                remedy: "mount one: mount -t cgroup2 none /sys/fs/cgroup/unified")
        }
        let names = (path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : path)
            .split(separator: "/")
        guard !names.isEmpty, !names.contains("..") else {
            throw KernelError(
                call: "lstat", object: path, reason: .refused("the whole host is no group"))
        }
        let place = names.reduce(root) { "\($0)/\($1)" }
        guard let status = FileStatus.of(place), status.isDirectory else {
            throw KernelError(call: "lstat", object: place, reason: .vanished)
        }
        self.path = place
        inode = status.inode
    }

    init(path: String, inode: UInt64) {
        self.path = path
        self.inode = inode
    }

    /// `cgroup system.slice/redis.service`.
    public var description: String {
        let root = Self.root.map { $0 + "/" } ?? ""
        return "cgroup " + (path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path)
    }

    /// Whether this very group still exists.
    public var exists: Bool { FileStatus.of(path)?.inode == inode }

    /// Every process in it and in the groups below, in the order of their numbers.
    public func processes() throws(KernelError) -> [ProcessIdentity] {
        var found: [ProcessIdentity] = []
        for directory in [path] + descendants {
            let text = try read("cgroup.procs", in: directory)
            let numbers = text.split(separator: "\n").compactMap { Int32($0) }
            found += numbers.compactMap { ProcessTable.identity(of: $0) }
        }
        return found.filter { ProcessTable.isAlive($0) }.sorted { $0.pid < $1.pid }
    }

    /// The directories of the groups below, at most 10,000.
    private var descendants: [String] { Self.directories(below: path) }

    /// The directories of the groups below another, at most 10,000.
    static func directories(below path: String) -> [String] {
        var found: [String] = []
        var waiting = [path]
        while let directory = waiting.popLast(), found.count < 10_000 {
            let inner = namesInDirectory(directory).map { "\(directory)/\($0)" }
                .filter { FileStatus.of($0)?.isDirectory == true }
            found += inner
            waiting += inner
        }
        return found.sorted()
    }

    /// Asks for a freeze of every process in it and below, or for its end (`cgroup.freeze`).
    public func setFrozen(_ isFrozen: Bool) throws(KernelError) {
        try write(isFrozen ? "1" : "0", to: "cgroup.freeze")
    }

    /// Whether a freeze of this group is asked for; a group above may be frozen all the same.
    public func isFreezeAsked() throws(KernelError) -> Bool {
        try read("cgroup.freeze", in: path).hasPrefix("1")
    }

    /// Whether every process in it stands still now (`cgroup.events`).
    public func isFrozen() throws(KernelError) -> Bool {
        try read("cgroup.events", in: path).split(separator: "\n").contains("frozen 1")
    }

    /// A group below it for which a freeze is asked; nil when there is none.
    public var frozenBelow: ControlGroup? {
        for place in descendants {
            guard let status = FileStatus.of(place) else { continue }
            let group = ControlGroup(path: place, inode: status.inode)
            if (try? group.isFreezeAsked()) == true { return group }
        }
        return nil
    }

    /// Ends every process in it and below by SIGKILL, those included that fork meanwhile
    /// (`cgroup.kill`, Linux 5.14).
    public func kill() throws(KernelError) {
        try write("1", to: "cgroup.kill")
    }

    private func read(_ name: String, in directory: String) throws(KernelError) -> String {
        switch SmallFile.read("\(directory)/\(name)") {
        case .success(let bytes):
            return String(decoding: bytes, as: UTF8.self)
        case .failure(let error):
            throw error.number == ENOENT || error.number == ENODEV
                ? KernelError(call: error.call, object: "\(self)", reason: .vanished) : error
        }
    }

    func write(_ text: String, to name: String) throws(KernelError) {
        // Below an open directory, so that what was compared is what is written to.
        let directory = try vanishing { () throws(KernelError) in
            try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        }
        guard try directory.status().inode == inode else {
            throw KernelError(call: "openat", object: "\(self)", reason: .vanished)
        }
        let file = try vanishing { () throws(KernelError) in
            try Descriptor.open(name, below: directory, flags: O_WRONLY)
        }
        let bytes = Array(text.utf8)
        guard Glibc.write(file.number, bytes, bytes.count) == bytes.count else {
            throw KernelError(
                call: "write", object: "\(path)/\(name)",
                reason: errno == ENODEV ? .vanished : .errno(errno))
        }
    }

    /// Calls it vanished when what should be there is not, and neither is this group.
    private func vanishing<Value>(
        _ body: () throws(KernelError) -> Value
    ) throws(KernelError) -> Value {
        do {
            return try body()
        } catch {
            throw error.number == ENOENT && !exists
                ? KernelError(call: error.call, object: "\(self)", reason: .vanished) : error
        }
    }
}
