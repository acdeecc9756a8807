import Glibc
import Synchronization

/// Makes processes stand still by ptrace(2), for as long as this object, and this process, lives.
///
/// Every thread of them is seized and interrupted by one thread of ours, which also lets them go.
/// When that thread ends, however it ends, the kernel lets them go: nothing is left to take out.
public final class TracedPause: Sendable {
    /// How far the pause has come.
    public enum Progress: Sendable, Equatable {
        /// Not every thread stands still yet.
        case stopping
        /// Every thread stands still.
        case holding
        /// Everything goes on again, or never stood still.
        case released
    }

    private struct State {
        var progress = Progress.stopping
        var failure: KernelError?
    }

    private let handles: [ProcessHandle]
    private let state = Mutex(State())
    /// Closed by the release, which wakes the tracing thread.
    private let wakeReader: Descriptor
    private let wakeWriter: Descriptor

    /// Begins to stop processes and returns at once; ``progress`` says when they stand still.
    public static func begin(_ handles: [ProcessHandle]) throws(KernelError) -> TracedPause {
        let pause = try TracedPause(handles)
        try pause.start()
        return pause
    }

    private init(_ handles: [ProcessHandle]) throws(KernelError) {
        self.handles = handles
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KernelError(call: "pipe", object: "a tracer", reason: .errno(errno))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (wakeReader, wakeWriter) = (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// How far it has come.
    public var progress: Progress { state.withLock(\.progress) }

    /// Why the processes could not be made to stand still; nil as long as nothing went wrong.
    public var failure: KernelError? { state.withLock(\.failure) }

    /// Lets everything go on, and returns at once; safe to call twice.
    public func release() {
        var byte: UInt8 = 0
        _ = write(wakeWriter.number, &byte, 1)
    }

    private func start() throws(KernelError) {
        pthread_detach(try TracingThread.start { self.run() })
    }

    private func run() {
        var tracer = Tracer(handles)
        do {
            let isHolding = try tracer.stopAll(atMost: .seconds(2)) {
                self.isReleaseWanted(within: $0)
            }
            if isHolding { state.withLock { $0.progress = .holding } }
            while !isReleaseWanted(within: 20) { tracer.collect() }
        } catch {
            state.withLock { $0.failure = error }
        }
        tracer.releaseAll()
        state.withLock { $0.progress = .released }
    }

    /// Waits at most so many milliseconds for the release.
    private func isReleaseWanted(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: wakeReader.number, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }
}
