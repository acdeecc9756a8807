import Dispatch
import Synchronization

/// Waits for a descriptor to become readable without blocking a thread of the task pool.
public enum Readiness {
    /// Suspends until `descriptor` is readable or at its end, at most `bound`; returns whether it is.
    ///
    /// The caller keeps the descriptor open meanwhile. Cancelling the task ends the wait with false.
    public static func wait(for descriptor: Int32, atMost bound: Duration) async -> Bool {
        let wait = ReadinessWait(descriptor: descriptor, bound: bound)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { wait.start($0) }
        } onCancel: {
            wait.finish(false)
        }
    }
}

/// One wait; whoever of event, timer and cancellation comes first answers it.
private final class ReadinessWait: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Bool, Never>)
        case done(Bool)
    }

    private static let queue = DispatchQueue(label: "firedrill.readiness")

    private let state = Mutex(State.new)
    // Dispatch locks its own sources; the overlay only lacks the word Sendable.
    nonisolated(unsafe) private let source: any DispatchSourceRead
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    init(descriptor: Int32, bound: Duration) {
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue)
        timer = DispatchSource.makeTimerSource(queue: Self.queue)
        let nanoseconds = min(max(0, bound.inNanoseconds), 1 << 60)
        timer.schedule(deadline: .now() + .nanoseconds(Int(nanoseconds)))
    }

    func start(_ continuation: CheckedContinuation<Bool, Never>) {
        source.setEventHandler { self.finish(true) }
        timer.setEventHandler { self.finish(false) }
        source.activate()
        timer.activate()
        let early: Bool? = state.withLock { state in
            if case .done(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let early {
            stop { continuation.resume(returning: early) }
        }
    }

    func finish(_ result: Bool) {
        let continuation: CheckedContinuation<Bool, Never>? = state.withLock { state in
            defer { if case .done = state {} else { state = .done(result) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        guard let continuation else { return }
        stop { continuation.resume(returning: result) }
    }

    /// Answers only after the source has let go of the descriptor, which the caller may then close.
    private func stop(_ answer: @escaping @Sendable () -> Void) {
        source.setCancelHandler {
            self.source.setEventHandler(handler: nil)
            self.timer.setEventHandler(handler: nil)
            answer()
        }
        timer.cancel()
        source.cancel()
    }
}
