import Glibc

/// The memory of one process (proc_pid_mem(5)).
struct ProcessMemory {
    private let process: ProcessHandle
    private let file: Descriptor

    /// Opens it; throws with the reason `vanished` when the process has ended.
    init(of process: ProcessHandle, isWritten: Bool) throws(KernelError) {
        self.process = process
        let path = "/proc/\(process.identity.pid)/mem"
        let number = open(path, (isWritten ? O_RDWR : O_RDONLY) | O_CLOEXEC)
        guard number >= 0 else {
            throw KernelError(
                call: "open", object: path, reason: errno == ENOENT ? .vanished : .errno(errno),
                remedy: errno == EACCES || errno == EPERM ? Capability.tracing.remedy : "")
        }
        file = Descriptor(number)
        // Opened, it stays this process's; the number might have been another's before.
        guard ProcessTable.identity(of: process.identity.pid) == process.identity else {
            throw KernelError(call: "open", object: path, reason: .vanished)
        }
    }

    func read(at address: UInt64, count: Int) throws(KernelError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = bytes.withUnsafeMutableBytes {
            pread(file.number, $0.baseAddress, $0.count, off_t(truncatingIfNeeded: address))
        }
        guard length == count else { throw failure("pread", length) }
        return bytes
    }

    func write(_ bytes: [UInt8], at address: UInt64) throws(KernelError) {
        let length = bytes.withUnsafeBytes {
            pwrite(file.number, $0.baseAddress, $0.count, off_t(truncatingIfNeeded: address))
        }
        guard length == bytes.count else { throw failure("pwrite", length) }
    }

    private func failure(_ call: String, _ length: Int) -> KernelError {
        // The memory of an ended process is empty.
        let isGone = length == 0 || !ProcessTable.isAlive(process.identity)
        return KernelError(
            call: call, object: "/proc/\(process.identity.pid)/mem",
            reason: isGone ? .vanished : length < 0 ? .errno(errno) : .refused("it was cut short"))
    }
}
