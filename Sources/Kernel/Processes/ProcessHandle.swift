import CLinux
import Glibc

/// A hold on one process, child or not, that no later process of the same number can take over.
///
/// It is a pidfd (pidfd_open(2)): once the start time has been checked, a signal reaches this
/// process or nobody. Closed when the last reference goes.
public final class ProcessHandle: Sendable {
    /// The process that is held.
    public let identity: ProcessIdentity
    /// The pidfd, readable once the process has ended; valid while this object lives.
    public let descriptor: Int32

    /// Opens a process; throws with the reason `vanished` when it is gone or replaced.
    public init(_ identity: ProcessIdentity) throws(KernelError) {
        let descriptor = clinux_pidfd_open(identity.pid)
        guard descriptor >= 0 else {
            throw KernelError(
                call: "pidfd_open", object: "\(identity)",
                reason: errno == ESRCH ? .vanished : .errno(errno))
        }
        // The check comes after the open: from here on the pidfd and the number mean the same.
        guard ProcessTable.identity(of: identity.pid) == identity else {
            close(descriptor)
            throw KernelError(call: "pidfd_open", object: "\(identity)", reason: .vanished)
        }
        self.identity = identity
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends a signal (pidfd_send_signal(2)); throws `vanished` when the process has ended.
    public func signal(_ signal: Int32) throws(KernelError) {
        try sendSignal(signal, to: descriptor, of: identity)
    }

    /// Blocks until the process has ended, at most `timeout`; returns whether it has.
    ///
    /// A zombie counts as ended. For use outside of tasks; ``waitForExit(atMost:)`` suspends.
    public func waitForExit(timeout: Duration) throws(KernelError) -> Bool {
        let deadline = MonotonicClock.now + timeout.inNanoseconds
        while true {
            let left = max(0, deadline - MonotonicClock.now)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
            let count = poll(&entry, 1, milliseconds)
            if count > 0 { return true }
            if count < 0 && errno != EINTR {
                throw KernelError(call: "poll", object: "\(identity)", reason: .errno(errno))
            }
            if left == 0 { return false }
        }
    }

    /// Suspends until the process has ended, at most `bound`; returns whether it has.
    ///
    /// A zombie counts as ended. Cancelling the task ends the wait.
    public func waitForExit(atMost bound: Duration) async -> Bool {
        await Readiness.wait(for: descriptor, atMost: bound)
    }

    /// The state letter of proc(5), or nil when the process is gone.
    public var state: Character? {
        guard let status = ProcessStatus(of: identity.pid), status.identity == identity else {
            return nil
        }
        return status.state
    }
}

func sendSignal(
    _ signal: Int32, to descriptor: Int32, of identity: ProcessIdentity
) throws(KernelError) {
    guard clinux_pidfd_send_signal(descriptor, signal) != 0 else { return }
    throw KernelError(
        call: "pidfd_send_signal(\(signal))", object: "\(identity)",
        reason: errno == ESRCH ? .vanished : .errno(errno),
        remedy: errno == EPERM ? Capability.kill.remedy : "")
}

extension Duration {
    /// Whole nanoseconds, saturating at the ends of Int64.
    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max / 2 }
        return whole.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
