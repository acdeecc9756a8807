import CLinux
import Glibc
import Synchronization

/// A nameless file that takes up space, given back by the kernel when its last holder closes it.
///
/// The file is made with O_TMPFILE (open(2)), so no crash leaves it behind, and filled by
/// fallocate(2), or by writing where the file system cannot allocate.
public final class Ballast: Sendable {
    private struct State {
        var descriptor: Int32
        var allocated: Int64 = 0
    }

    /// The directory on whose file system it lies.
    public let directory: String
    private let state: Mutex<State>

    /// Makes an empty ballast on the file system of a directory.
    public init(directory: String) throws(KernelError) {
        let descriptor = clinux_open_unnamed(directory, 0o600)
        guard descriptor >= 0 else {
            throw KernelError(
                call: "open(O_TMPFILE)", object: directory, reason: .errno(errno),
                remedy: errno == EOPNOTSUPP ? "use ext4, xfs, btrfs or tmpfs" : "")
        }
        self.directory = directory
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { release() }

    /// Makes it `bytes` long, or as long as there is space for; returns the bytes it takes up now.
    ///
    /// Never shrinks, and a full disk is no error: what could be allocated is kept. Compare the
    /// answer and the file system's statistics with what was asked.
    public func grow(to bytes: Int64) throws(KernelError) -> Int64 {
        try state.withLock { state throws(KernelError) in
            guard state.descriptor >= 0 else {
                throw KernelError(
                    call: "fallocate", object: directory,
                    reason: .refused("the ballast has been released"))
            }
            try Self.allocate(bytes, state.descriptor, directory)
            state.allocated = try Self.allocated(state.descriptor, directory)
            return state.allocated
        }
    }

    /// The bytes it takes up on the file system.
    public var allocatedBytes: Int64 { state.withLock(\.allocated) }

    /// What tells the file from all others, by which its holders can be found; nil once released.
    public var status: FileStatus? {
        state.withLock { state in
            var status = stat()
            guard state.descriptor >= 0, fstat(state.descriptor, &status) == 0 else { return nil }
            return FileStatus(status)
        }
    }

    /// Gives the space back; may be called again.
    ///
    /// The kernel frees the blocks before this returns, since the file has neither a name nor another
    /// holder.
    public func release() {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
            state = State(descriptor: -1)
        }
    }

    /// Allocates in halves when the whole does not fit: tmpfs gives back all of a failed request.
    private static func allocate(
        _ bytes: Int64, _ descriptor: Int32, _ directory: String
    ) throws(KernelError) {
        var end = try allocatedEnd(descriptor, directory)
        var step = bytes - end
        while end < bytes && step > 0 {
            let length = min(step, bytes - end)
            let number = extend(descriptor, from: end, by: length)
            switch number {
            case 0: end += length
            case ENOSPC, EDQUOT, EFBIG:
                // Below a block there is nothing left to win.
                if step <= 4096 { return }
                step = max(4096, step / 2)
            default:
                throw KernelError(call: "fallocate", object: directory, reason: .errno(number))
            }
        }
    }

    private static func extend(_ descriptor: Int32, from start: Int64, by length: Int64) -> Int32 {
        while true {
            if clinux_allocate(descriptor, start, length) == 0 { return 0 }
            switch errno {
            case EINTR: continue
            case EOPNOTSUPP: return write(descriptor, from: start, to: start + length)
            default: return errno
            }
        }
    }

    /// Writes zeros, and returns when the blocks exist: an errno, or 0.
    private static func write(_ descriptor: Int32, from start: Int64, to end: Int64) -> Int32 {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var offset = start
        while offset < end {
            let count = pwrite(
                descriptor, zeros, min(zeros.count, Int(end - offset)), off_t(offset))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno }
            offset += Int64(count)
        }
        return fdatasync(descriptor) == 0 ? 0 : errno
    }

    private static func allocatedEnd(
        _ descriptor: Int32, _ directory: String
    ) throws(KernelError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw KernelError(call: "fstat", object: directory, reason: .errno(errno))
        }
        return Int64(status.st_size)
    }

    private static func allocated(
        _ descriptor: Int32, _ directory: String
    ) throws(KernelError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw KernelError(call: "fstat", object: directory, reason: .errno(errno))
        }
        return Int64(status.st_blocks) * 512
    }
}
