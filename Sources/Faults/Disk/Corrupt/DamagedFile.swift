import Glibc
import Kernel

/// A file that was damaged, with what is needed to mend it.
struct DamagedFile: Sendable {
    /// Larger files are not damaged: what is cut off is kept in memory.
    static let limit = 64 << 20

    let path: String
    private let changes: [FileDamage.Change]
    private let size: Int
    /// What was cut off its end.
    private let tail: [UInt8]

    /// Damages a file durably; throws ``FaultError`` when it is too small or too large for it.
    init(damaging path: String, by damage: FileDamage, seed: UInt64, stream: String) throws {
        let file = try Descriptor.open(path, flags: O_RDWR)
        let bytes = try file.readAll(limit: Self.limit + 1)
        guard bytes.count <= Self.limit, !bytes.isEmpty else {
            throw FaultError(
                attempted: "damage the file", object: path,
                reason: bytes.isEmpty ? "it is empty" : "it is larger than \(Self.limit) bytes",
                remedy: "name another file")
        }
        self.path = path
        switch damage {
        case .flip(let count):
            changes = FileDamage.flips(count, in: bytes, seed: seed, stream: stream)
            size = bytes.count
            tail = []
            var damaged = bytes
            for change in changes { damaged[change.offset] = change.after }
            try file.writeDurably(damaged, at: 0)
        case .truncate(let count):
            changes = []
            size = max(0, bytes.count - count)
            tail = Array(bytes[size...])
            guard ftruncate(file.number, off_t(size)) == 0, fsync(file.number) == 0 else {
                throw KernelError(call: "ftruncate", object: path, reason: .errno(errno))
            }
        }
    }

    /// How many bits, or bytes off the end, are damaged as the file reads now.
    func damage() throws -> Int {
        let bytes = try Descriptor.openRegular(path).readAll(limit: Self.limit)
        if !tail.isEmpty { return bytes.count == size ? tail.count : 0 }
        return changes.count { bytes.indices.contains($0.offset) && bytes[$0.offset] == $0.after }
    }

    /// Puts back what was there before, for a node that cannot start without it.
    func mend() throws {
        let file = try Descriptor.open(path, flags: O_RDWR)
        if !changes.isEmpty {
            var bytes = try file.readAll(limit: Self.limit)
            for change in changes where bytes.indices.contains(change.offset) {
                bytes[change.offset] = change.before
            }
            try file.writeDurably(bytes, at: 0)
        }
        if !tail.isEmpty { try file.writeDurably(tail, at: size) }
    }
}
