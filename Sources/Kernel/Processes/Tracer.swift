import CLinux
import Glibc

/// The threads that one thread of ours has seized; every call must be made by that thread.
struct Tracer {
    private struct Tracee {
        var process: ProcessIdentity
        /// Whether its end must be taken note of, without which its parent never learns of it.
        ///
        /// The end of a child of ours is left to whoever waits for the child.
        var reaps: Bool
        var isStopped = false
        /// A signal that its stop has held back.
        var signal: Int32 = 0
    }

    private let handles: [ProcessHandle]
    private var tracees: [Int32: Tracee] = [:]

    init(_ handles: [ProcessHandle]) { self.handles = handles }

    /// Stops every thread, and returns false when that was given up; throws when one cannot be
    /// stopped, or not in time.
    ///
    /// - Parameter isReleaseWanted: waits so many milliseconds for somebody to give the pause up.
    mutating func stopAll(
        atMost bound: Duration, isReleaseWanted: (Int32) -> Bool
    ) throws(KernelError) -> Bool {
        let deadline = MonotonicClock.now + bound.inNanoseconds
        // A thread that still runs may make another one, so the last look must find nothing new.
        while true {
            let hasNew = try seizeNew()
            collect()
            if !hasNew, tracees.values.allSatisfy(\.isStopped) { break }
            guard !isReleaseWanted(hasNew ? 0 : 1) else { return false }
            guard MonotonicClock.now < deadline else {
                throw KernelError(
                    call: "ptrace(PTRACE_INTERRUPT)", object: "\(handles[0].identity)",
                    reason: .refused("its threads do not all stand still after \(bound)"))
            }
        }
        // From here on no number can be given to another process: a tracee stays until it is let go.
        for handle in handles
        where ProcessTable.identity(of: handle.identity.pid) != handle.identity {
            throw KernelError(
                call: "ptrace(PTRACE_SEIZE)", object: "\(handle.identity)", reason: .vanished)
        }
        return true
    }

    /// Takes note of threads that have stopped, and of those that have ended.
    mutating func collect() {
        for (thread, tracee) in tracees {
            var signal: Int32 = 0
            let change = clinux_trace_collect(thread, tracee.reaps ? 1 : 0, &signal)
            switch change {
            case Int32(CLINUX_TRACE_STOPPED.rawValue):
                tracees[thread]?.isStopped = true
                tracees[thread]?.signal = signal
            case Int32(CLINUX_TRACE_UNCHANGED.rawValue): break
            default: tracees[thread] = nil
            }
        }
    }

    /// Whether a thread that stands still would go on inside a range of its process's memory.
    ///
    /// One of which that cannot be told counts as inside.
    func isAnyThread(inside range: Range<UInt64>) -> Bool {
        tracees.keys.contains { thread in
            var address: UInt64 = 0
            guard clinux_trace_instruction(thread, &address) == 0 else { return errno != ESRCH }
            return range.contains(address)
        }
    }

    /// Lets every thread go on; those that have ended need nothing.
    mutating func releaseAll() {
        // A thread can be let go only while it stands still.
        let deadline = MonotonicClock.now + 1_000_000_000
        while tracees.values.contains(where: { !$0.isStopped }), MonotonicClock.now < deadline {
            collect()
            usleep(500)
        }
        for (thread, tracee) in tracees { _ = clinux_trace_release(thread, tracee.signal) }
        tracees = [:]
    }

    /// Seizes what is not seized yet; false when there was nothing new.
    private mutating func seizeNew() throws(KernelError) -> Bool {
        var hasNew = false
        for handle in handles {
            let process = handle.identity
            let isChild = ProcessTable.parent(of: process.pid) == getpid()
            for thread in ProcessTable.threads(of: process.pid) where tracees[thread] == nil {
                if clinux_trace_stop(thread) == 0 {
                    hasNew = true
                    tracees[thread] = Tracee(
                        process: process, reaps: thread != process.pid || !isChild)
                    continue
                }
                // A thread that has just ended is no obstacle.
                if errno == ESRCH || isEnded(thread, of: process) { continue }
                throw KernelError(
                    call: "ptrace(PTRACE_SEIZE)", object: "\(process)", reason: .errno(errno),
                    remedy: errno == EPERM
                        ? Capability.tracing.remedy
                            + "; a process that is traced already cannot be paused" : "")
            }
        }
        return hasNew
    }

    private func isEnded(_ thread: Int32, of process: ProcessIdentity) -> Bool {
        let number = errno
        defer { errno = number }
        let text = SmallFile.text("/proc/\(process.pid)/task/\(thread)/stat")
        return text.flatMap { ProcessStatus($0)?.state }.map { "ZX".contains($0) } ?? true
    }
}
