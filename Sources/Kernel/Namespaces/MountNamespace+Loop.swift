import Glibc

extension MountNamespace {
    /// Makes an ext4 file system of `size` bytes in a new file, which is the caller's to remove.
    ///
    /// No blocks are kept back for root, so that full means full.
    ///
    /// - Parameters:
    ///   - image: the path of the file, which must not exist.
    ///   - formatter: the absolute path of mkfs.ext4(8).
    public static func makeExt4Image(
        at image: String, size: Int64, formatter: String = "/sbin/mkfs.ext4"
    ) async throws(KernelError) {
        let file = try Descriptor.open(image, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        try file.preallocate(Int(size))
        let quiet = try Descriptor.open("/dev/null", flags: O_RDWR)
        let child = try ChildProcess.spawn(
            .init(
                executable: formatter, arguments: ["-q", "-F", "-m", "0", image],
                environment: ["PATH=/sbin:/usr/sbin:/bin:/usr/bin"],
                standardOutput: quiet.number, standardError: quiet.number))
        guard let status = await child.wait(atMost: .seconds(60)) else {
            _ = await child.terminate(grace: .zero)
            throw KernelError(
                call: formatter, object: image, reason: .refused("it ran for over a minute"))
        }
        guard status == .exited(0) else {
            throw KernelError(call: formatter, object: image, reason: .refused("\(status)"))
        }
    }

    /// Mounts an ext4 image on a directory through a loop device; needs root.
    ///
    /// The device goes with the mount, and the mount with the namespace. Call it in the thread that
    /// called `unshare`, or in one made from it.
    public static func mountLoop(at path: String, image: String) throws(KernelError) {
        let device = try LoopDevice(attaching: image)
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        let result = withExtendedLifetime(device) {
            mount(device.path, path, "ext4", flags, nil) == 0 ? 0 : errno
        }
        guard result == 0 else {
            throw KernelError(call: "mount(ext4)", object: path, reason: .errno(result))
        }
    }
}
