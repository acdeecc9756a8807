import CLinux
import Glibc

/// A block device whose sectors are a file (loop(4)); goes with its last user.
///
/// LO_FLAGS_AUTOCLEAR makes the kernel take the device apart when its file system is unmounted or
/// the last descriptor is closed, whichever comes last.
public struct LoopDevice: Sendable {
    /// `/dev/loop0`.
    public let path: String
    private let descriptor: Descriptor

    /// Attaches a file to a free loop device; needs root.
    public init(attaching file: String) throws(KernelError) {
        let backing = try Descriptor.open(file, flags: O_RDWR)
        let control = try Descriptor.open("/dev/loop-control", flags: O_RDWR)
        // Another process may take the free device before we configure it.
        for _ in 0..<16 {
            let number = clinux_loop_get_free(control.number)
            guard number >= 0 else {
                throw KernelError(
                    call: "ioctl(LOOP_CTL_GET_FREE)", object: "/dev/loop-control",
                    reason: .errno(errno))
            }
            let path = "/dev/loop\(number)"
            let device = try Descriptor.open(path, flags: O_RDWR)
            if clinux_loop_configure(device.number, backing.number) == 0 {
                self.path = path
                descriptor = device
                return
            }
            guard errno == EBUSY else {
                throw KernelError(
                    call: "ioctl(LOOP_CONFIGURE)", object: path, reason: .errno(errno))
            }
        }
        throw KernelError(call: "ioctl(LOOP_CONFIGURE)", object: file, reason: .errno(EBUSY))
    }
}
