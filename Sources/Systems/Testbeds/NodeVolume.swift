import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// The place where one node keeps its data: a directory, or a file system of its own.
struct NodeVolume: Sendable {
    let name: String
    let storage: NodeStorage
    let environment: TestbedEnvironment

    /// The node's place; the root of its file system when it has one.
    var root: String { "\(environment.workDirectory)/\(name)" }
    /// The node's data directory, below the root because ext4 puts `lost+found` there.
    var dataDirectory: String { "\(root)/data" }
    /// The root of the node's own file system; nil when it shares one.
    var fileSystem: String? { storage.isMounted ? root : nil }

    /// How many inodes an ext4 of a node's own has: far more than a node keeps files, and so few that
    /// `disk.inodes` gives all of them back at once, for each is removed by itself.
    static let inodes = 1024

    private var image: String { "\(environment.workDirectory)/\(name).img" }

    /// Makes the place; throws when the storage needs a mount and the drill may not mount.
    func prepare() async throws {
        try makeDirectory(root)
        switch storage {
        case .directory: break
        case .tmpfs(let size):
            try await mounted(["-t", "tmpfs", "-o", "size=\(size.bytes),mode=0700", "firedrill"])
        case .image(let type, let size):
            try makeImage(bytes: size.bytes)
            try await format(as: type)
            try await mountImage(of: type)
        }
        try makeDirectory(dataDirectory)
    }

    /// Takes the place away again and compares with what was before: nothing.
    func remove() async -> [Comparison] {
        var comparisons: [Comparison] = []
        if storage.isMounted {
            let error = await unmount()
            comparisons.append(
                Comparison(
                    what: "mount at \(root)", before: "none",
                    after: isMountPoint ? "still mounted: \(error)" : "none",
                    isSame: !isMountPoint))
        }
        if !isMountPoint {
            await removeTree()
            comparisons.append(
                Comparison(
                    what: "directory \(root)", before: "none",
                    after: access(root, F_OK) == 0 ? "still there" : "none",
                    isSame: access(root, F_OK) != 0))
        }
        return comparisons
    }

    /// Mounts the image; mount(8) sets autoclear: the loop device goes when the last mount does.
    func mountImage(of type: NodeStorage.ImageType) async throws {
        try await mounted(["-t", type.rawValue, "-o", "loop,nodev,nosuid", image])
    }

    private func format(as type: NodeStorage.ImageType) async throws {
        switch type {
        case .ext4:
            try await Program.run(
                "mkfs.ext4",
                [
                    "-q", "-F", "-m", "0", "-N", "\(Self.inodes)",
                    "-E", "lazy_itable_init=0,lazy_journal_init=0", image,
                ], package: "e2fsprogs")
        case .xfs: try await Program.run("mkfs.xfs", ["-q", image], package: "xfsprogs")
        }
    }

    private func mounted(_ arguments: [String]) async throws {
        guard environment.hasPrivateMounts else {
            throw SystemError(
                attempt: "give node \(name) a file system of its own",
                reason: "the drill has no mount namespace of its own",
                remedy: "run it as root, or leave storage out of the target")
        }
        _ = try await environment.undo.push(
            UndoRecord(
                identifier: "testbed/\(name)/mount", summary: "unmount \(root)",
                reversal: .kernel(
                    lifetime: "the drill's own mount namespace", witnesses: .endOfOwnMounts)))
        try await Program.run("mount", arguments + [root], package: "mount")
        guard isMountPoint else {
            throw SystemError(attempt: "mount \(root)", reason: "it is not a mount point after it")
        }
    }

    func unmount() async -> String {
        var reason = ""
        // A killed node's last descriptors may take a moment to go.
        for _ in 0..<20 where isMountPoint {
            do {
                try await Program.run("umount", [root], package: "mount")
            } catch {
                reason = "\(error)"
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        // Left open, the record is replayed in vain: the kernel has nothing to take out.
        if !isMountPoint { try? await environment.undo.close("testbed/\(name)/mount") }
        return reason
    }

    /// Whether the root is on another device than the directory above it.
    var isMountPoint: Bool {
        var inner = stat()
        var outer = stat()
        // The root of an xfs without power cannot be looked at, and is mounted all the same.
        guard lstat(root, &inner) == 0 else { return errno == EIO }
        guard lstat(environment.workDirectory, &outer) == 0 else { return false }
        return inner.st_dev != outer.st_dev
    }

    private func removeTree() async {
        // Whether it worked is seen by the comparison.
        try? await Program.run(
            "rm", ["-rf", "--one-file-system", "--", root, image], package: "coreutils")
    }

    private func makeImage(bytes: Int64) throws {
        let descriptor = open(image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create \(image)") }
        defer { close(descriptor) }
        // Allocated, not sparse: the image must not run out of space before its file system does.
        let result = posix_fallocate(descriptor, 0, off_t(bytes))
        guard result == 0 else {
            throw SystemError(
                attempt: "allocate \(bytes) bytes for \(image)", errno: result)
        }
    }

    private func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw failure("make the directory \(path)")
        }
    }

    private func failure(_ attempt: String) -> SystemError {
        SystemError(attempt: attempt, errno: errno)
    }
}
