import Glibc

/// What tells one file system from all others, however many places it is mounted at.
///
/// Device numbers: that of the mount (`/proc/self/mountinfo`, proc(5)), which subvolumes and binds
/// share, and that of stat(2), which tells an overlay from what lies below it.
public struct FileSystemIdentity: Sendable, Hashable, CustomStringConvertible {
    /// `254:0` each, major and minor number; the first is the one of the mount.
    public let devices: [String]

    public init(devices: [String]) {
        self.devices = devices
    }

    /// Whether both are one file system: what fills one of them fills the other.
    public func isSame(as other: FileSystemIdentity) -> Bool {
        devices.contains(where: other.devices.contains)
    }

    /// `device 254:0`.
    public var description: String { "device " + (devices.first ?? "unknown") }
}

extension FileSystem {
    /// The file system that a path lies on; nil when there is no such path.
    public static func identity(of path: String) -> FileSystemIdentity? {
        var status = stat()
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        guard stat(resolved, &status) == 0 else { return nil }
        let table = SmallFile.text("/proc/thread-self/mountinfo") ?? ""
        let mounted = device(of: String(cString: resolved), in: table)
        let own = text(ofDevice: UInt64(status.st_dev))
        return FileSystemIdentity(devices: mounted.map { $0 == own ? [own] : [$0, own] } ?? [own])
    }

    /// The device of the mount that a resolved path lies in; of several in one place the last, which
    /// covers the others.
    static func device(of path: String, in table: String) -> String? {
        var best: (length: Int, device: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { continue }
            let point = unescaped(fields[4])
            guard point == "/" || path == point || path.hasPrefix(point + "/"),
                point.utf8.count >= best?.length ?? 0
            else { continue }
            best = (point.utf8.count, String(fields[2]))
        }
        return best?.device
    }

    /// Major and minor number, as makedev(3) packs them.
    static func text(ofDevice device: UInt64) -> String {
        let major = (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000
        let minor = device & 0xff | (device >> 12) & 0xffff_ff00
        return "\(major):\(minor)"
    }
}
