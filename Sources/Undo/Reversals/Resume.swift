import Glibc
import Kernel
import Records

extension ReversalPerformer {
    /// Continues a process that was stopped, when it is still the same one.
    func resume(_ identity: ProcessIdentity) throws -> Comparison {
        guard let handle = try resumed(identity) else {
            return Comparison(
                what: "state of \(identity)", before: "not stopped", after: "gone", isSame: true)
        }
        let deadline = MonotonicClock.now + 1_000_000_000
        while isStopped(handle), MonotonicClock.now < deadline { usleep(1000) }
        let stopped = isStopped(handle)
        return Comparison(
            what: "state of \(identity)", before: "not stopped",
            after: stopped ? "stopped" : "not stopped", isSame: !stopped)
    }

    /// Continues the process; nil when it is gone.
    private func resumed(_ identity: ProcessIdentity) throws -> ProcessHandle? {
        do {
            let handle = try ProcessHandle(identity)
            try handle.signal(SIGCONT)
            return handle
        } catch  where error.reason == .vanished {
            return nil
        }
    }

    private func isStopped(_ handle: ProcessHandle) -> Bool {
        handle.state == "T" || handle.state == "t"
    }
}
