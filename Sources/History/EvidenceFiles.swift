import Glibc
import Kernel

/// A drill's directory of evidence, read as a stranger's: no links, no surprises, bounded.
///
/// The reader may be root and the directory another user's, who must not be able to lead the reader
/// to a file of somebody else.
public struct EvidenceFiles: Sendable {
    /// The largest file that is taken into memory.
    public static let limit = 64 << 20

    public let path: String
    /// Whose the directory is: the number of a user.
    public let owner: UInt32
    private let directory: Descriptor

    /// Opens a directory that must belong to `owner`; nil takes whoever has it.
    public init(_ path: String, owner: UInt32? = nil) throws {
        self.path = path
        directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        self.owner = try directory.status().owner
        if let owner, owner != self.owner {
            throw HistoryError(
                "read", path, reason: "it belongs to user \(self.owner) and not to \(owner)")
        }
    }

    /// The bytes of a file; nil when it is not there.
    public func bytes(_ name: String, limit: Int = limit) throws -> [UInt8]? {
        precondition(!name.contains("/"), "a name, not a path")
        guard let file = try open(name) else { return nil }
        let status = try file.status()
        guard status.owner == owner, !status.isDirectory, status.links == 1 else {
            throw HistoryError("read", "\(path)/\(name)", reason: "it is not the drill's own file")
        }
        let bytes = try file.readAll(limit: limit + 1)
        guard bytes.count <= limit else {
            throw HistoryError("read", "\(path)/\(name)", reason: "it has more than \(limit) bytes")
        }
        return bytes
    }

    /// The bytes of a file that grows, from an offset on; nil when it is not there.
    public func bytes(_ name: String, from offset: Int, limit: Int) throws -> [UInt8]? {
        precondition(!name.contains("/"), "a name, not a path")
        guard let file = try open(name) else { return nil }
        let status = try file.status()
        guard status.owner == owner, !status.isDirectory, status.links == 1 else {
            throw HistoryError("read", "\(path)/\(name)", reason: "it is not the drill's own file")
        }
        return try file.readAll(from: offset, limit: limit)
    }

    private func open(_ name: String) throws(KernelError) -> Descriptor? {
        do {
            // A FIFO in its place must not hold the reader up.
            return try Descriptor.open(name, below: directory, flags: O_RDONLY | O_NONBLOCK)
        } catch {
            guard error.number == ENOENT else { throw error }
            return nil
        }
    }

    /// Whether a file is there.
    public func has(_ name: String) -> Bool {
        faccessat(directory.number, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0
    }
}
