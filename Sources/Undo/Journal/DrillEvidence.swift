import FoundationEssentials
import Glibc
import Kernel
import Records

/// A drill's evidence directory, to which others add what they undid for it.
struct DrillEvidence: Codable, Equatable {
    static let fileName = "undone.jsonl"

    var path: String
    var device: UInt64
    var inode: UInt64
    /// See ``DirectoryMark/birth``.
    var birth: Int64?

    /// A directory as it is now; nil when it is not there.
    init?(_ path: String) {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        guard
            let directory = try? Descriptor.open(self.path, flags: O_RDONLY | O_DIRECTORY),
            let mark = try? DirectoryMark(of: directory, at: self.path)
        else { return nil }
        (device, inode, birth) = (mark.device, mark.inode, mark.birth)
    }

    /// Appends those of the entries that are not there yet, and syncs them.
    ///
    /// Throws where the directory is no longer the same one, and where the file is a link, has a
    /// second name, or is another user's: what is written there would end elsewhere.
    ///
    /// - Parameter isOfEarlierBoot: whether the drill was one of another boot than this one.
    func add(_ entries: [UndoneEntry], isOfEarlierBoot: Bool = false) throws {
        guard !entries.isEmpty else { return }
        let directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        let own = DirectoryMark(device: device, inode: inode, birth: birth)
        let found = try DirectoryMark(of: directory, at: path)
        guard own.isSame(as: found, acrossBoots: isOfEarlierBoot) == true,
            try directory.status().owner == geteuid()
        else {
            throw refusal("it is not the directory that the drill wrote to")
        }
        let file = try Descriptor.open(
            Self.fileName, below: directory, flags: O_RDWR | O_CREAT | O_NONBLOCK, mode: 0o644)
        let status = try file.status()
        guard status.owner == geteuid(), status.links == 1, !status.isDirectory else {
            throw refusal("\(Self.fileName) is another user's, or has a second name")
        }
        let bytes = try file.readAll()
        // What follows the last newline was cut short by a death, and is written anew.
        let end = bytes.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let known = Set(bytes[..<end].split(separator: 0x0a).map(Array.init))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try entries.map { Array(try encoder.encode($0)) }.filter { !known.contains($0) }
        guard !lines.isEmpty else { return }
        try file.writeDurably(lines.flatMap { $0 + [0x0a] }, at: end)
        guard fsync(directory.number) == 0 else {
            throw KernelError(call: "fsync", object: path, reason: .errno(errno))
        }
    }

    private func refusal(_ reason: String) -> UndoError {
        UndoError(attempted: "add what was undone to", object: path, reason: reason)
    }
}
