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
        // Not by the path's text, which a link of /proc leads out of this mount namespace.
        let number = open(path, O_PATH_ONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let descriptor = Descriptor(number)
        guard let status = try? descriptor.status() else { return nil }
        let own = text(ofDevice: status.device)
        let mounted = mount(of: descriptor).flatMap { mount in
            device(ofMount: mount, in: SmallFile.text("/proc/thread-self/mountinfo") ?? "")
        }
        return FileSystemIdentity(devices: mounted.map { $0 == own ? [own] : [$0, own] } ?? [own])
    }

    /// The number of the mount that an open file lies in (proc_pid_fdinfo(5)).
    private static func mount(of descriptor: Descriptor) -> String? {
        let lines = SmallFile.text("/proc/thread-self/fdinfo/\(descriptor.number)")?
            .split(separator: "\n")
        let line = lines?.first { $0.hasPrefix("mnt_id:") }
        return line.map { String($0.dropFirst("mnt_id:".count).drop { !$0.isNumber }) }
    }

    /// The device of a mount; nil when it is none of this mount namespace.
    static func device(ofMount mount: String, in table: String) -> String? {
        let fields = table.split(separator: "\n").lazy.map { $0.split(separator: " ") }
        return fields.first { $0.count > 4 && $0[0] == mount }.map { String($0[2]) }
    }

    /// Major and minor number, as makedev(3) packs them.
    static func text(ofDevice device: UInt64) -> String {
        let major = (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000
        let minor = device & 0xff | (device >> 12) & 0xffff_ff00
        return "\(major):\(minor)"
    }
}
