import CLinux
import Glibc

extension FileSystem {
    /// The types that can be cut, by the names that ``FileSystemStatistics/type`` has.
    public static let cuttable: Set<String> = ["ext4", "xfs"]

    /// Cuts a file system off its disk, as the loss of power does; needs root.
    ///
    /// FS_IOC_SHUTDOWN without a flush of the log: whatever was not synced is gone at the next
    /// mount, and until then every access fails with EIO. What the file system had handed to the
    /// disk stays, for the disk itself keeps its power.
    ///
    /// - Parameter mountPoint: the root of the file system.
    public static func cut(at mountPoint: String) throws(KernelError) {
        let descriptor = try Descriptor.open(mountPoint, flags: O_RDONLY | O_DIRECTORY)
        guard clinux_cut_file_system(descriptor.number) == 0 else {
            throw KernelError(
                call: "ioctl(FS_IOC_SHUTDOWN)", object: mountPoint, reason: .errno(errno),
                remedy: errno == ENOTTY ? "use ext4 or xfs" : "")
        }
    }
}
