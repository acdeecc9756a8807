import Glibc

/// Where a control group can be made in which the kernel bounds what processes read and write.
///
/// The io controller of cgroup v2, or the blkio controller of version 1 (cgroups(7), and the
/// kernel's admin-guide/cgroup-v2 and cgroup-v1/blkio-controller).
public struct ThrottlePlace: Sendable, Equatable {
    /// Which of the two interfaces the kernel offers.
    public enum Version: Sendable, Equatable {
        /// `blkio.throttle.*`: counts reads, and writes that a process waits for.
        case blkio
        /// `io.max`: counts what is written back later as well.
        case io
    }

    public var version: Version
    /// The directory in which groups are made.
    public var directory: String
    /// Where the hierarchy is mounted.
    let mountPoint: String

    /// Looks for a place; throws ``KernelError`` with what would add it when there is none.
    public static func find() throws(KernelError) -> ThrottlePlace {
        let groups = SmallFile.text("/proc/self/cgroup") ?? ""
        if let place = version2(groups) ?? version1(groups) {
            guard access(place.directory, W_OK) == 0 else {
                throw KernelError(
                    call: "access", object: place.directory, reason: .errno(errno),
                    remedy: errno == EROFS
                        ? "mount it writable"
                        : "it needs the right to write there, or CAP_DAC_OVERRIDE")
            }
            return place
        }
        let controllers = ControlGroup.root.flatMap { SmallFile.text("\($0)/cgroup.controllers") }
        let hasController =
            controllers?.split(whereSeparator: \.isWhitespace).contains("io") == true
        let root = ControlGroup.root ?? "/sys/fs/cgroup"
        throw KernelError(
            call: "read", object: "\(root)/cgroup.subtree_control",
            reason: .refused(
                hasController
                    ? "the io and memory controllers are not on for groups"
                    : "this host has neither the io controller nor blkio"),
            remedy: hasController
                ? "echo '+io +memory' >\(root)/cgroup.subtree_control"
                : "boot a kernel with CONFIG_BLK_DEV_THROTTLING and CONFIG_MEMCG")
    }

    /// The directory of the group in this hierarchy that a process is in; nil when it has ended.
    public func directory(of process: ProcessIdentity) -> String? {
        let groups = SmallFile.text("/proc/\(process.pid)/cgroup") ?? ""
        guard ProcessTable.isAlive(process), let path = Self.path(in: groups, version) else {
            return nil
        }
        return path == "/" ? mountPoint : mountPoint + path
    }

    /// Groups in which both controllers are on; without memory's, what a file holds back in the
    /// cache is written by nobody's account.
    private static func version2(_ groups: String) -> ThrottlePlace? {
        guard let root = ControlGroup.root, var path = path(in: groups, .io) else { return nil }
        while true {
            let directory = path == "/" ? root : root + path
            let controllers = (SmallFile.text("\(directory)/cgroup.subtree_control") ?? "")
                .split(whereSeparator: \.isWhitespace)
            if controllers.contains("io"), controllers.contains("memory") {
                return ThrottlePlace(version: .io, directory: directory, mountPoint: root)
            }
            guard path != "/" else { return nil }
            let above = path.split(separator: "/").dropLast()
            path = above.isEmpty ? "/" : above.reduce("") { "\($0)/\($1)" }
        }
    }

    private static func version1(_ groups: String) -> ThrottlePlace? {
        guard let path = path(in: groups, .blkio) else { return nil }
        let mounts = (SmallFile.text("/proc/self/mounts") ?? "").split(separator: "\n")
        for mount in mounts {
            let fields = mount.split(separator: " ")
            guard fields.count > 3, fields[2] == "cgroup",
                fields[3].split(separator: ",").contains("blkio")
            else { continue }
            let point = String(fields[1])
            let directory = path == "/" ? point : point + path
            guard access("\(directory)/blkio.throttle.write_bps_device", F_OK) == 0 else {
                continue
            }
            return ThrottlePlace(version: .blkio, directory: directory, mountPoint: point)
        }
        return nil
    }

    /// The path of a process's group out of /proc/PID/cgroup: `7:blkio:/path`, `0::/path`.
    static func path(in groups: String, _ version: Version) -> String? {
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { continue }
            let isWanted =
                version == .io
                ? fields[0] == "0" : fields[1].split(separator: ",").contains("blkio")
            if isWanted { return String(fields[2]) }
        }
        return nil
    }
}
