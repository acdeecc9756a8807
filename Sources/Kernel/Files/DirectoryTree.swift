import Glibc

/// Removal of a directory tree that cannot be led elsewhere.
public enum DirectoryTree {
    /// Removes a directory and all below it, when it still is the one with this device and inode.
    ///
    /// Walks by descriptors (openat(2), unlinkat(2)) and follows no symbolic link. A file system
    /// mounted below is detached and not emptied. Returns false when the directory is gone or another one is in its place.
    public static func remove(
        _ path: String, device: UInt64, inode: UInt64
    ) throws(KernelError) -> Bool {
        let directory: Descriptor
        do {
            directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        } catch {
            // The last two: something that is not a directory has taken its place.
            if let number = error.number, [ENOENT, ENOTDIR, ELOOP].contains(number) {
                return false
            }
            throw error
        }
        let status = try directory.status()
        guard status.device == device, status.inode == inode else { return false }
        try empty(directory, path: path, device: device, depth: 0)
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw KernelError(call: "rmdir", object: path, reason: .errno(errno))
        }
        return true
    }

    private static func empty(
        _ directory: Descriptor, path: String, device: UInt64, depth: Int
    ) throws(KernelError) {
        guard depth < 128 else {
            throw KernelError(
                call: "unlinkat", object: path, reason: .refused("more than 128 levels deep"),
                remedy: "remove it by hand")
        }
        for name in namesInDirectory("/proc/self/fd/\(directory.number)") {
            if unlinkat(directory.number, name, 0) == 0 || errno == ENOENT { continue }
            let full = "\(path)/\(name)"
            guard errno == EISDIR || errno == EPERM else {
                throw KernelError(call: "unlinkat", object: full, reason: .errno(errno))
            }
            try detachMounts(on: name, in: directory, path: full, device: device)
            let child = try Descriptor.open(name, below: directory, flags: O_RDONLY | O_DIRECTORY)
            try empty(child, path: full, device: device, depth: depth + 1)
            guard unlinkat(directory.number, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
                throw KernelError(call: "unlinkat", object: full, reason: .errno(errno))
            }
        }
    }

    private static func detachMounts(
        on name: String, in directory: Descriptor, path: String, device: UInt64
    ) throws(KernelError) {
        for _ in 0..<16 {
            let child = try Descriptor.open(name, below: directory, flags: O_RDONLY | O_DIRECTORY)
            guard try child.status().device != device else { return }
            try MountNamespace.unmount("/proc/self/fd/\(directory.number)/\(name)")
        }
        throw KernelError(
            call: "umount2", object: path, reason: .refused("more than 16 mounts are stacked there")
        )
    }
}
