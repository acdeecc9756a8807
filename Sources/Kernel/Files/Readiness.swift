import Synchronization

/// Waits for a descriptor to become readable without blocking a thread of the task pool.
public enum Readiness {
    /// Suspends until `descriptor` is readable or at its end, at most `bound`; returns whether it is.
    ///
    /// The caller keeps the descriptor open meanwhile. Cancelling the task ends the wait with false.
    public static func wait(for descriptor: Int32, atMost bound: Duration) async -> Bool {
        let (deadline, overflow) = MonotonicClock.now.addingReportingOverflow(bound.inNanoseconds)
        let wait = Mutex<UInt64?>(nil)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait.withLock { identifier in
                    identifier = PollThread.shared.add(
                        descriptor, deadline: overflow ? nil : deadline
                    ) { continuation.resume(returning: $0) }
                }
                if Task.isCancelled { cancel(wait) }
            }
        } onCancel: {
            cancel(wait)
        }
    }

    private static func cancel(_ wait: borrowing Mutex<UInt64?>) {
        if let identifier = wait.withLock({ $0 }) { PollThread.shared.cancel(identifier) }
    }
}
