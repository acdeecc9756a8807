import CLinux
import Glibc

/// An open file descriptor that closes with its last reference.
public final class Descriptor: Sendable {
    /// Its number, valid for as long as this object lives.
    public let number: Int32

    /// Takes over a descriptor.
    public init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a file below an open directory, without following a symbolic link at its end.
    ///
    /// - Parameter flags: as in open(2); O_CLOEXEC and O_NOFOLLOW are added.
    public static func open(
        _ path: String, below directory: Descriptor? = nil, flags: Int32, mode: UInt32 = 0
    ) throws(KernelError) -> Descriptor {
        let number = openat(
            directory?.number ?? AT_FDCWD, path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else {
            throw KernelError(
                call: "openat", object: path, reason: .errno(errno),
                remedy: errno == ELOOP
                    ? "replace the symbolic link" : KernelError.remedy(forFile: errno))
        }
        return Descriptor(number)
    }

    /// Opens a regular file, as ``open(_:below:flags:mode:)`` does, and waits for nobody.
    ///
    /// For what lies where others can write: a pipe of theirs would hold its reader up for good.
    ///
    /// - Parameter isWritten: whether it is opened for writing too.
    public static func openRegular(
        _ path: String, below directory: Descriptor? = nil, isWritten: Bool = false
    ) throws(KernelError) -> Descriptor {
        let file = try open(
            path, below: directory, flags: (isWritten ? O_RDWR : O_RDONLY) | O_NONBLOCK)
        guard try file.status().isRegular else {
            throw KernelError(
                call: "openat", object: path, reason: .refused("it is not a regular file"),
                remedy: "remove it, after a look at who has put it there")
        }
        return file
    }

    /// Opens a new file for reading and writing that has no name (O_TMPFILE, open(2)).
    ///
    /// Its blocks are free again as soon as nobody holds it open, whatever happens to this process.
    public static func openUnnamed(in directory: String) throws(KernelError) -> Descriptor {
        let number = clinux_open_unnamed(directory, 0o600)
        guard number >= 0 else {
            throw KernelError(
                call: "open(O_TMPFILE)", object: directory, reason: .errno(errno),
                remedy: errno == EOPNOTSUPP
                    ? "use ext4, xfs, btrfs or tmpfs" : KernelError.remedy(forFile: errno))
        }
        return Descriptor(number)
    }

    /// Gives a file its name, and returns when the name is on disk; throws EEXIST where it is taken.
    public func link(as name: String, in directory: Descriptor) throws(KernelError) {
        let source = "/proc/self/fd/\(number)"
        guard linkat(AT_FDCWD, source, directory.number, name, AT_SYMLINK_FOLLOW) == 0,
            fsync(directory.number) == 0
        else {
            throw KernelError(
                call: "linkat", object: name, reason: .errno(errno),
                remedy: errno == EEXIST
                    ? "it is there already: run firedrill revert"
                    : KernelError.remedy(forFile: errno))
        }
    }

    /// The names in a directory, without `.` and `..`; empty when it cannot be read.
    public static func names(in path: String) -> [String] { namesInDirectory(path) }

    /// What fstat(2) says of it.
    public func status() throws(KernelError) -> FileStatus {
        var status = stat()
        guard fstat(number, &status) == 0 else {
            throw KernelError(call: "fstat", object: "descriptor", reason: .errno(errno))
        }
        return FileStatus(status)
    }

    /// Everything from `start` to the end of the file, at most `limit` bytes; the offset stays.
    public func readAll(from start: Int = 0, limit: Int = 64 << 20) throws(KernelError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(0, min(limit, ((try? status().size) ?? 0) - start, 64 << 20)))
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count < limit {
            let count = pread(number, &chunk, chunk.count, off_t(start + bytes.count))
            if count == 0 { break }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw KernelError(call: "pread", object: "descriptor", reason: .errno(errno))
            }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    /// Writes all bytes at an offset and returns when they are on disk (fdatasync(2)).
    public func writeDurably(_ bytes: [UInt8], at offset: Int) throws(KernelError) {
        try write(bytes, at: offset)
        guard fdatasync(number) == 0 else {
            throw KernelError(
                call: "fdatasync", object: "descriptor", reason: .errno(errno),
                remedy: KernelError.remedy(forFile: errno))
        }
    }

    /// Writes all bytes at an offset; they outlive this process at once, and the host's crash not.
    public func write(_ bytes: [UInt8], at offset: Int) throws(KernelError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(number, $0.baseAddress, $0.count, off_t(offset + written))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw KernelError(
                    call: "pwrite", object: "descriptor", reason: .errno(errno),
                    remedy: KernelError.remedy(forFile: errno))
            }
            written += count
        }
    }

    /// Sets blocks aside for the first `size` bytes, so that a full disk does not stop a write there.
    public func preallocate(_ size: Int) throws(KernelError) {
        var result: Int32
        repeat { result = posix_fallocate(number, 0, off_t(size)) } while result == EINTR
        guard result == 0 else {
            throw KernelError(
                call: "posix_fallocate", object: "\(size) bytes", reason: .errno(result),
                remedy: KernelError.remedy(forFile: result))
        }
    }

    /// Takes the file's lock for as long as it stays open; false when another holder has it.
    public func lockExclusively() -> Bool {
        flock(number, LOCK_EX | LOCK_NB) == 0
    }
}

/// Who and what a file is (stat(2)).
public struct FileStatus: Sendable, Equatable {
    public var device: UInt64
    public var inode: UInt64
    public var owner: UInt32
    /// Permission bits.
    public var permissions: UInt32
    public var isDirectory: Bool
    /// Whether it is a file with contents of its own: no directory, link, pipe, socket or device.
    public var isRegular: Bool
    /// When its contents were changed last, in nanoseconds of the wall clock.
    public var modifiedAt: Int64
    /// How many names it has.
    public var links: Int
    /// How long it is, in bytes.
    public var size: Int

    /// The status of a path, a symbolic link at its end not followed; nil when it is not there.
    public static func of(_ path: String) -> FileStatus? {
        var status = stat()
        return lstat(path, &status) == 0 ? FileStatus(status) : nil
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        owner = status.st_uid
        permissions = status.st_mode & 0o7777
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        isRegular = status.st_mode & S_IFMT == S_IFREG
        modifiedAt = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        links = Int(status.st_nlink)
        size = Int(status.st_size)
    }
}
