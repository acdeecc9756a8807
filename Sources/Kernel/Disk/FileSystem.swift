import CLinux
import Glibc

/// File systems and how full they are.
public enum FileSystem {
    /// The size and free space of the file system a path lies on (statvfs(3), statfs(2)).
    public static func statistics(at path: String) throws(KernelError) -> FileSystemStatistics {
        let descriptor = open(path, O_PATH_ONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw KernelError(call: "open", object: path, reason: .errno(errno))
        }
        defer { close(descriptor) }
        return try statistics(of: descriptor, path: path)
    }

    static func statistics(
        of descriptor: Int32, path: String
    ) throws(KernelError) -> FileSystemStatistics {
        var file = statvfs()
        var status = stat()
        guard fstatvfs(descriptor, &file) == 0 else {
            throw KernelError(call: "fstatvfs", object: path, reason: .errno(errno))
        }
        let type = clinux_file_system_type(descriptor)
        guard type != 0, fstat(descriptor, &status) == 0 else {
            throw KernelError(call: "fstatfs", object: path, reason: .errno(errno))
        }
        let block = Int64(file.f_frsize)
        return FileSystemStatistics(
            type: name(ofType: type), device: UInt64(status.st_dev),
            totalBytes: Int64(file.f_blocks) * block, freeBytes: Int64(file.f_bfree) * block,
            availableBytes: Int64(file.f_bavail) * block, blockBytes: block,
            totalInodes: Int64(file.f_files), freeInodes: Int64(file.f_ffree))
    }

    /// Where the file system that a path lies on is mounted, or nil when that cannot be told.
    ///
    /// The mount with the longest mount point above the resolved path (`/proc/self/mountinfo`,
    /// proc(5)).
    public static func mountPoint(of path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        guard let table = SmallFile.text("/proc/thread-self/mountinfo") else { return nil }
        return mountPoint(of: String(cString: resolved), in: table)
    }

    /// Whether something is mounted at a path; true when that cannot be told.
    public static func isMountPoint(_ path: String) -> Bool {
        guard let table = SmallFile.text("/proc/thread-self/mountinfo") else { return true }
        return path == "/" || mountPoint(of: path, in: table) == path
    }

    static func mountPoint(of path: String, in table: String) -> String? {
        let points = table.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? unescaped(fields[4]) : nil
        }
        return points.filter { point in
            point == "/" || path == point || path.hasPrefix(point + "/")
        }.max { $0.utf8.count < $1.utf8.count }
    }

    /// Spaces and the like are written as a backslash and three octal digits.
    static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Names of the magic numbers of statfs(2); the number itself for others.
    static func name(ofType type: Int64) -> String {
        switch UInt32(truncatingIfNeeded: type) {
        case 0xef53: "ext4"
        case 0x0102_1994: "tmpfs"
        case 0x5846_5342: "xfs"
        case 0x9123_683e: "btrfs"
        case 0x794c_7630: "overlay"
        case 0x2fc1_2fc1: "zfs"
        case 0x6969: "nfs"
        case 0x6573_5546: "fuse"
        case let number: "0x" + String(number, radix: 16)
        }
    }
}

/// O_PATH, which Swift's Glibc does not show: enough for fstatvfs(3), and no rights on the file needed.
let O_PATH_ONLY: Int32 = 0o10000000
