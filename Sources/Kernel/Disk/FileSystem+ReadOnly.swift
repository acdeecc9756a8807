import Glibc

extension FileSystem {
    /// Makes a mounted ext4 read-only as an error on its disk does (ext4(5), `errors=remount-ro`).
    ///
    /// An ordinary remount is refused while a file is open for writing. The kernel's own trial of
    /// an error (`/sys/fs/ext4/DISK/trigger_fs_error`) is not: from there on every write fails with
    /// EROFS, reads go on, and only a mount anew ends it. Needs root.
    ///
    /// - Parameter mountPoint: the root of the file system.
    public static func failIntoReadOnly(at mountPoint: String) throws(KernelError) {
        let type = try statistics(at: mountPoint).type
        var status = stat()
        var file = statvfs()
        guard type == "ext4", stat(mountPoint, &status) == 0, statvfs(mountPoint, &file) == 0 else {
            throw KernelError(
                call: "statfs", object: mountPoint, reason: .refused("it is \(type)"),
                remedy: "use ext4")
        }
        let trigger = try self.trigger(ofDevice: UInt64(status.st_dev))
        // What else the mount allows and forbids stays: these flags have the same numbers in both.
        let kept = UInt(file.f_flag) & UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        guard mount("none", mountPoint, nil, UInt(MS_REMOUNT) | kept, "errors=remount-ro") == 0
        else {
            throw KernelError(
                call: "mount(MS_REMOUNT)", object: mountPoint, reason: .errno(errno),
                remedy: errno == EPERM ? Capability.systemAdministration.remedy : "")
        }
        let reason = Array("firedrill".utf8)
        guard write(trigger.number, reason, reason.count) == reason.count else {
            throw KernelError(
                call: "write(trigger_fs_error)", object: mountPoint, reason: .errno(errno))
        }
    }

    /// Whether new files are refused with EROFS at a mount point; leaves none behind.
    public static func isReadOnly(at mountPoint: String) -> Bool {
        do {
            _ = try Descriptor.open(
                "\(mountPoint)/.firedrill-read-only", flags: O_RDWR | O_CREAT, mode: 0o600)
            unlink("\(mountPoint)/.firedrill-read-only")
            return false
        } catch {
            return error.number == EROFS
        }
    }

    /// The file that reports an error of the file system on a device.
    private static func trigger(ofDevice device: UInt64) throws(KernelError) -> Descriptor {
        // The encoding of dev_t in user space (makedev(3)).
        let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
        let minor = device & 0xff | (device >> 12) & ~0xff
        var buffer = [CChar](repeating: 0, count: 4096)
        let link = "/sys/dev/block/\(major):\(minor)"
        let count = readlink(link, &buffer, buffer.count)
        let target = String(
            decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let name = target.split(separator: "/").last else {
            throw KernelError(call: "readlink", object: link, reason: .errno(errno))
        }
        return try Descriptor.open("/sys/fs/ext4/\(name)/trigger_fs_error", flags: O_WRONLY)
    }
}
