import Glibc
import Kernel
import Synchronization

/// The kernel's file systems.
struct KernelDisk: FillableDisk {
    func mountPoint(of path: String) throws -> String {
        // A symbolic link's own place says nothing of where its target lies.
        guard let resolved = realpath(path, nil) else { throw Self.error("realpath", path, errno) }
        defer { free(resolved) }
        var path = String(cString: resolved)
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.error("stat", path, errno) }
        // Upwards, the last directory of the same device is where it is mounted.
        while path != "/" {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            var above = stat()
            guard stat("/" + parent, &above) == 0 else {
                throw Self.error("stat", "/" + parent, errno)
            }
            if above.st_dev != status.st_dev { return path }
            path = "/" + parent
        }
        return path
    }

    func space(at path: String) throws -> DiskSpace {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw Self.error("statvfs", path, errno) }
        let block = Int64(status.f_frsize)
        return DiskSpace(
            total: Int64(status.f_blocks) * block, available: Int64(status.f_bavail) * block,
            block: block)
    }

    func makeBallast(in directory: String) throws -> any DiskBallast {
        try UnlinkedBallast(directory: directory)
    }

    fileprivate static func error(_ call: String, _ path: String, _ number: Int32) -> KernelError {
        KernelError(call: call, object: path, reason: .errno(number))
    }
}

/// A file without a name that holds space until its descriptor closes (open(2), O_TMPFILE).
private final class UnlinkedBallast: DiskBallast {
    private struct State {
        var descriptor: Int32
        var size: Int64 = 0
    }

    private let directory: String
    private let state: Mutex<State>

    init(directory: String) throws {
        self.directory = directory
        // Glibc's header composes O_TMPFILE of two flags, which Swift does not import.
        let unlinked = Int32(0o20_000_000) | O_DIRECTORY
        let descriptor = open(directory, unlinked | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw KernelDisk.error("open(O_TMPFILE)", directory, errno) }
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { release() }

    func grow(to bytes: Int64) throws -> Int64 {
        try state.withLock { state in
            guard state.descriptor >= 0 else { return 0 }
            var step = bytes - state.size
            while state.size < bytes, step > 0 {
                step = min(step, bytes - state.size)
                let number = posix_fallocate(state.descriptor, Int(state.size), Int(step))
                switch number {
                case 0: state.size += step
                // Less may fit: halves lead to the last block in a few dozen tries.
                case ENOSPC: step /= 2
                case EINTR: continue
                default: throw KernelDisk.error("posix_fallocate", directory, number)
                }
            }
            return state.size
        }
    }

    func release() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            close(state.descriptor)
            state.descriptor = -1
        }
    }
}
