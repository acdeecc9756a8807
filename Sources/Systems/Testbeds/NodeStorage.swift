import Playbooks

/// On what a node of a testbed keeps its data.
enum NodeStorage: Sendable, Equatable {
    /// A directory of the drill's, on whatever file system it is on.
    case directory
    /// A file system of the node's own, in memory.
    case tmpfs(size: ByteCount)
    /// A file system of the node's own, in an image file.
    case image(ImageType, size: ByteCount)

    /// What an image is formatted as.
    enum ImageType: String, Sendable {
        case ext4, xfs

        /// The smallest size: a journal needs as much of ext4, and mkfs.xfs(8) refuses less.
        var smallest: ByteCount { ByteCount(self == .ext4 ? 8 << 20 : 300 << 20) }
        /// The size where the playbook gives none.
        var usual: ByteCount { ByteCount(self == .ext4 ? 64 << 20 : 320 << 20) }
    }

    /// Whether it needs a mount, and so root.
    var isMounted: Bool { self != .directory }

    /// What `storage:` may say.
    static let parameter = ParameterDeclaration(
        "storage",
        .mapping([
            ParameterDeclaration(
                "kind", .choice(["directory", "tmpfs", "ext4", "xfs"]),
                "A directory, or a small file system of the node's own (needs root).",
                default: .string("directory")),
            ParameterDeclaration(
                "size", .byteCount,
                "The size of its own file system; where none is given 64 MiB, of xfs 320 MiB."
            ),
        ]),
        "On what each node keeps its data; full-disk faults need a file system of its own.")

    static let largest = ByteCount(4 << 30)

    /// Reads the `storage` of a target's settings.
    init(settings: Arguments) throws {
        guard let storage = settings.mapping("storage"),
            let kind = storage.string("kind"), kind != "directory"
        else {
            self = .directory
            return
        }
        let type = ImageType(rawValue: kind)
        guard type != nil || kind == "tmpfs" else {
            throw SystemError(
                attempt: "read storage", reason: "'\(kind)' is no kind of storage",
                remedy: "write directory, tmpfs, ext4 or xfs")
        }
        let size = storage.byteCount("size") ?? (type ?? .ext4).usual
        let smallest = (type ?? .ext4).smallest
        guard size >= smallest, size <= Self.largest else {
            throw SystemError(
                attempt: "read storage", reason: "\(size.text) is no size for \(kind)",
                remedy: "give between \(smallest.text) and \(Self.largest.text)")
        }
        self = type.map { .image($0, size: size) } ?? .tmpfs(size: size)
    }

    /// What a number of nodes can come to take with it; a directory has no bound of its own.
    func total(nodes: Int) -> TestbedStorage {
        switch self {
        case .directory: TestbedStorage()
        case .tmpfs(let size):
            TestbedStorage(
                disk: ByteCount(size.bytes * Int64(nodes)),
                memory: ByteCount(size.bytes * Int64(nodes)))
        case .image(_, let size): TestbedStorage(disk: ByteCount(size.bytes * Int64(nodes)))
        }
    }

    /// For the plan: `on a tmpfs of 64 MiB`.
    var summary: String {
        switch self {
        case .directory: "in a directory"
        case .tmpfs(let size): "on a tmpfs of \(size.bytes >> 20) MiB"
        case .image(let type, let size): "on an \(type) image of \(size.bytes >> 20) MiB"
        }
    }
}
