import Playbooks

/// On what a node of a testbed keeps its data.
enum NodeStorage: Sendable, Equatable {
    /// A directory of the drill's, on whatever file system it is on.
    case directory
    /// A file system of the node's own, in memory.
    case tmpfs(size: ByteCount)
    /// A file system of the node's own, in an image file.
    case ext4(size: ByteCount)

    /// Whether it needs a mount, and so root.
    var isMounted: Bool { self != .directory }

    /// What `storage:` may say.
    static let parameter = ParameterDeclaration(
        "storage",
        .mapping([
            ParameterDeclaration(
                "kind", .choice(["directory", "tmpfs", "ext4"]),
                "A directory, or a small file system of the node's own (needs root).",
                default: .string("directory")),
            ParameterDeclaration(
                "size", .byteCount, "The size of the node's own file system.",
                default: .byteCount(ByteCount(64 << 20))),
        ]),
        "On what each node keeps its data; full-disk faults need tmpfs or ext4.")

    /// The smallest size: ext4 with a journal does not fit into less.
    static let smallest = ByteCount(8 << 20)
    static let largest = ByteCount(4 << 30)

    /// Reads the `storage` of a target's settings.
    init(settings: Arguments) throws {
        guard let storage = settings.mapping("storage") else {
            self = .directory
            return
        }
        let size = storage.byteCount("size") ?? ByteCount(64 << 20)
        switch storage.string("kind") ?? "directory" {
        case "directory":
            self = .directory
            return
        case "tmpfs": self = .tmpfs(size: size)
        case "ext4": self = .ext4(size: size)
        case let kind:
            throw SystemError(
                attempt: "read storage", reason: "'\(kind)' is no kind of storage",
                remedy: "write directory, tmpfs or ext4")
        }
        guard size >= Self.smallest, size <= Self.largest else {
            throw SystemError(
                attempt: "read storage", reason: "\(size.bytes) bytes are no size for it",
                remedy: "give between 8 MiB and 4 GiB")
        }
    }

    /// For the plan: `on a tmpfs of 64 MiB`.
    var summary: String {
        switch self {
        case .directory: "in a directory"
        case .tmpfs(let size): "on a tmpfs of \(size.bytes >> 20) MiB"
        case .ext4(let size): "on an ext4 image of \(size.bytes >> 20) MiB"
        }
    }
}
