import Glibc
import Kernel
import Records

extension ReversalPerformer {
    /// Removes a directory tree when it still is the recorded one.
    ///
    /// A record with inode 0 was written before the directory was made: an empty one is removed.
    func removeDirectory(_ path: String, _ mark: DirectoryMark) throws -> Comparison {
        let what = "directory \(path)"
        if mark.inode == 0 {
            guard rmdir(path) == 0 || errno == ENOENT else {
                throw KernelError(call: "rmdir", object: path, reason: .errno(errno))
            }
            return Comparison(what: what, before: "absent", after: "absent", isSame: true)
        }
        guard let found = try find(path) else {
            try confirmMount(of: mark, path)
            let after = FileStatus.of(path) == nil ? "absent" : "another one"
            return Comparison(what: what, before: "absent", after: after, isSame: true)
        }
        guard let isOurs = mark.isSame(as: found, acrossBoots: isOfEarlierBoot) else {
            return Comparison(
                what: what, before: "absent",
                after: "one of which nobody can tell whether it is the drill's, after a reboot",
                isSame: false)
        }
        if isOurs {
            _ = try DirectoryTree.remove(path, device: found.device, inode: found.inode)
        }
        let remains = try find(path)
        let isLeft = remains.map { $0.device == found.device && $0.inode == found.inode } ?? false
        let after = remains == nil ? "absent" : isOurs && isLeft ? "still there" : "another one"
        return Comparison(
            what: what, before: "absent", after: after, isSame: !isOurs || !isLeft)
    }

    /// The directory that is there now; nil when there is none.
    private func find(_ path: String) throws(KernelError) -> DirectoryMark? {
        do {
            let directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
            return try DirectoryMark(of: directory, at: path)
        } catch {
            // The last two: something that is no directory has taken its place.
            guard let number = error.number, [ENOENT, ENOTDIR, ELOOP].contains(number) else {
                throw error
            }
            return nil
        }
    }

    /// Throws when the directory cannot be seen for its disk is not there since the reboot.
    private func confirmMount(of mark: DirectoryMark, _ path: String) throws {
        guard isOfEarlierBoot, let mountPoint = mark.mountPoint,
            !FileSystem.isMountPoint(mountPoint)
        else { return }
        throw UndoError(
            attempted: "remove", object: "directory \(path)",
            reason: "nothing is mounted at \(mountPoint) since the reboot",
            remedy: "mount it, and run firedrill revert again")
    }
}
