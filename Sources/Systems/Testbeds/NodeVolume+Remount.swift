extension NodeVolume {
    /// Unmounts the node's file system and mounts it again, which replays its journal.
    ///
    /// Throws when it is on no disk, and when something still uses it.
    func remount() async throws {
        guard case .image(let type, _) = storage else {
            throw SystemError(
                attempt: "mount \(root) anew", reason: "only a file system on a disk can be",
                remedy: "give the target 'storage: { kind: ext4 }' or xfs")
        }
        let reason = await unmount()
        guard !isMountPoint else {
            throw SystemError(attempt: "unmount \(root)", reason: reason)
        }
        try await mountImage(of: type)
    }
}
