import Glibc

extension MountNamespace {
    /// Lays a file with this text over another one, for this mount namespace alone; needs root.
    ///
    /// ``unmount(_:)`` shows the other one again, and so does the end of the namespace, which has to
    /// be the process's own. Nothing is made outside of it: the file is in a tmpfs of its own.
    public static func cover(_ path: String, with text: String) throws(KernelError) {
        guard isOwn else {
            throw KernelError(
                call: "mount(MS_BIND)", object: path,
                reason: .refused("this process has no mount namespace of its own"))
        }
        try mountTemporary(at: place, size: 65_536 + Int64(text.utf8.count))
        // The bind mount keeps the file when its own file system is unmounted.
        defer { umount2(place, Int32(MNT_DETACH)) }
        let source = "\(place)/file"
        let file = try Descriptor.open(source, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        try file.writeDurably(Array(text.utf8), at: 0)
        // The umask of a drill is none of a resolver's business.
        guard fchmod(file.number, 0o644) == 0 else {
            throw KernelError(call: "fchmod", object: source, reason: .errno(errno))
        }
        guard mount(source, path, nil, UInt(MS_BIND), nil) == 0 else {
            throw KernelError(call: "mount(MS_BIND)", object: path, reason: .errno(errno))
        }
    }

    /// A directory that is there wherever processes are seen, and that no service looks into: the
    /// tmpfs is mounted on it for the moment that it takes to bind its file elsewhere.
    private static let place = "/proc/fs"
}
