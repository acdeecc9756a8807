import Glibc
import Kernel

/// The disk of a node, as far as the loss of its power is concerned; replaced in unit tests.
protocol PowerSwitch: Sendable {
    /// The type of the file system that is mounted here.
    func type(at mountPoint: String) throws -> String
    /// Writes two files, and asks for one of them that it be on the disk.
    func writeWitnesses(at mountPoint: String) throws
    /// Cuts the file system off its disk.
    func cut(at mountPoint: String) throws
    /// Whether accesses fail as they do on a disk without power.
    func isDead(at mountPoint: String) -> Bool
    /// Reads what is left of the two files, and removes them.
    func takeWitnesses(at mountPoint: String) -> PowerWitnesses
}

/// What is left of two files after the power came back.
struct PowerWitnesses: Sendable, Equatable {
    /// Whether the file that had been synced has its contents.
    var hasSynced: Bool
    /// Whether the file that nobody had synced has its contents.
    var hasUnsynced: Bool
}

/// The real disk.
struct KernelPowerSwitch: PowerSwitch {
    private static let contents = [UInt8]("written before the power went".utf8)
    private static let synced = ".firedrill-synced"
    private static let unsynced = ".firedrill-unsynced"

    func type(at mountPoint: String) throws -> String {
        try FileSystem.statistics(at: mountPoint).type
    }

    func writeWitnesses(at mountPoint: String) throws {
        let directory = try Descriptor.open(mountPoint, flags: O_RDONLY | O_DIRECTORY)
        let flags = O_RDWR | O_CREAT | O_TRUNC
        let synced = try Descriptor.open(
            Self.synced, below: directory, flags: flags, mode: 0o600)
        try synced.writeDurably(Self.contents, at: 0)
        guard fsync(directory.number) == 0 else {
            throw KernelError(call: "fsync", object: mountPoint, reason: .errno(errno))
        }
        let unsynced = try Descriptor.open(
            Self.unsynced, below: directory, flags: flags, mode: 0o600)
        let count = Self.contents.withUnsafeBytes {
            pwrite(unsynced.number, $0.baseAddress, $0.count, 0)
        }
        guard count == Self.contents.count else {
            throw KernelError(call: "pwrite", object: mountPoint, reason: .errno(errno))
        }
    }

    func cut(at mountPoint: String) throws {
        try FileSystem.cut(at: mountPoint)
    }

    func isDead(at mountPoint: String) -> Bool {
        do {
            _ = try Descriptor.open(
                "\(mountPoint)/\(Self.unsynced)", flags: O_RDWR | O_CREAT, mode: 0o600)
            return false
        } catch {
            return error.number == EIO
        }
    }

    func takeWitnesses(at mountPoint: String) -> PowerWitnesses {
        func take(_ name: String) -> Bool {
            let path = "\(mountPoint)/\(name)"
            defer { unlink(path) }
            return (try? Descriptor.openRegular(path).readAll()) == Self.contents
        }
        return PowerWitnesses(hasSynced: take(Self.synced), hasUnsynced: take(Self.unsynced))
    }
}
