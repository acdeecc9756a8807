import CLinux
import Glibc

/// The time namespace of a process, with how far its clocks are off (time_namespaces(7)).
///
/// The monotonic clock and the time since boot differ between time namespaces, the wall clock never
/// does. A namespace ends with its last process.
public struct TimeNamespace: Sendable, Hashable {
    /// What tells it from all others: the inode of `/proc/PID/ns/time`.
    public let inode: UInt64
    /// Nanoseconds by which CLOCK_MONOTONIC and CLOCK_BOOTTIME are ahead of the kernel's own.
    public let offsets: TimeOffsets

    /// Reads it; throws when the process is gone, or the kernel knows no time namespaces.
    public init(of process: ProcessIdentity) throws(KernelError) {
        let directory = "/proc/\(process.pid)"
        var status = stat()
        guard stat("\(directory)/ns/time", &status) == 0 else {
            let number = errno
            let isGone = ProcessTable.identity(of: process.pid) != process
            throw KernelError(
                call: "stat", object: "\(directory)/ns/time",
                reason: isGone ? .vanished : .errno(number),
                remedy: !isGone && number == ENOENT ? Self.missing : "")
        }
        let text = SmallFile.text("\(directory)/timens_offsets") ?? ""
        guard let offsets = TimeOffsets(text) else {
            throw KernelError(
                call: "read", object: "\(directory)/timens_offsets",
                reason: .refused("it holds no offsets"))
        }
        guard ProcessTable.identity(of: process.pid) == process else {
            throw KernelError(call: "stat", object: "\(process)", reason: .vanished)
        }
        inode = UInt64(status.st_ino)
        self.offsets = offsets
    }

    /// The one that this process is in.
    public static func own() throws(KernelError) -> TimeNamespace {
        guard let own = ProcessTable.identity(of: getpid()) else {
            throw KernelError(call: "read", object: "/proc/self/stat", reason: .vanished)
        }
        return try TimeNamespace(of: own)
    }

    /// Why no process can be started with these clocks ahead by `offset`, or behind when it is
    /// negative; nil when one can.
    ///
    /// The kernel itself is asked, with a namespace that nothing enters: it refuses with ERANGE what
    /// would make a clock negative.
    public static func objection(to offset: Duration) -> KernelError? {
        do {
            let text = try own().offsets.moved(by: offset).text
            var step: Int32 = 0
            let result = clinux_try_time_offsets(text, &step)
            return result == 0 ? nil : objection(number: result, step: step)
        } catch {
            return error
        }
    }

    /// Whether nodes can have time namespaces of their own here.
    public static func capability() -> KernelAnswer {
        guard let problem = objection(to: .seconds(1)) else {
            return KernelAnswer(.present, "unshare(CLONE_NEWTIME) made one, with an offset of 1 s")
        }
        let isRight = problem.number == EPERM || problem.number == EACCES
        return KernelAnswer(isRight ? .unknown : .absent, "\(problem)")
    }

    /// What CLOCK_MONOTONIC and CLOCK_BOOTTIME read for a process, in nanoseconds.
    ///
    /// Asked from outside of it, by a child that enters its namespace (setns(2)); needs root.
    public static func clocks(
        of process: ProcessIdentity
    ) throws(KernelError) -> (monotonic: Int64, boot: Int64) {
        let handle = try ProcessHandle(process)
        var monotonic: Int64 = 0
        var boot: Int64 = 0
        let result = withExtendedLifetime(handle) {
            clinux_read_clocks(handle.descriptor, &monotonic, &boot) == 0 ? 0 : errno
        }
        guard result == 0 else {
            throw KernelError(
                call: "setns(CLONE_NEWTIME)", object: "\(process)",
                reason: result == ESRCH ? .vanished : .errno(result),
                remedy: result == EPERM ? Capability.systemAdministration.remedy : "")
        }
        return (monotonic, boot)
    }

    static func objection(number: Int32, step: Int32) -> KernelError {
        let isRefused = step == Int32(CLINUX_SPAWN_TIME_OFFSETS.rawValue)
        let remedy =
            switch number {
            case ERANGE:
                "a monotonic clock is never negative: put it behind by less than "
                    + "the \(MonotonicClock.now / 1_000_000_000) s that this machine runs"
            case EPERM, EACCES:
                // The offsets are a matter of setting clocks.
                isRefused
                    ? Capability.remedy("CAP_SYS_TIME") : Capability.systemAdministration.remedy
            case EINVAL: missing
            default: ""
            }
        return KernelError(
            call: isRefused ? "write" : "unshare(CLONE_NEWTIME)",
            object: isRefused ? "timens_offsets" : "a child", reason: .errno(number),
            remedy: remedy)
    }

    private static let missing = "boot a kernel with CONFIG_TIME_NS"
}
