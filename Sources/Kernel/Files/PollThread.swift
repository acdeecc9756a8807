import Glibc
import Synchronization

/// One thread that waits for all descriptors of this process's pending waits with poll(2).
///
/// An own thread and not Dispatch: its sources were seen to miss a pidfd that two of them watched.
final class PollThread: Sendable {
    private struct Entry {
        var descriptor: Int32
        /// Nanoseconds of CLOCK_MONOTONIC; nil waits for as long as it takes.
        var deadline: Int64?
        var action: @Sendable (_ isReady: Bool) -> Void
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var next: UInt64 = 0
        var isRunning = false
    }

    static let shared = PollThread()

    private let state = Mutex(State())
    private let wakeReader: Int32
    private let wakeWriter: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        let result = pipe(&ends)
        precondition(result == 0, "pipe: \(KernelError.text(of: errno))")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (wakeReader, wakeWriter) = (ends[0], ends[1])
    }

    /// Calls `action` once, on the poll thread: with true when the descriptor has become readable or
    /// is at its end, with false at the deadline or when cancelled.
    func add(
        _ descriptor: Int32, deadline: Int64?, action: @escaping @Sendable (Bool) -> Void
    ) -> UInt64 {
        let (identifier, starts) = state.withLock { state in
            let identifier = state.next
            state.next += 1
            state.entries[identifier] = Entry(
                descriptor: descriptor, deadline: deadline, action: action)
            defer { state.isRunning = true }
            return (identifier, !state.isRunning)
        }
        if starts { start() } else { wake() }
        return identifier
    }

    /// Ends a wait; its action is called with false unless it has been called already.
    func cancel(_ identifier: UInt64) {
        let entry = state.withLock { $0.entries.removeValue(forKey: identifier) }
        entry?.action(false)
    }

    private func wake() {
        var byte: UInt8 = 0
        // A full pipe wakes as well.
        _ = write(wakeWriter, &byte, 1)
    }

    private func start() {
        // Signals are for the threads that handle them.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { _ in
                PollThread.shared.run()
                return nil
            }, nil)
        pthread_sigmask(SIG_SETMASK, &before, nil)
        precondition(result == 0, "pthread_create: \(KernelError.text(of: result))")
        pthread_detach(thread)
    }

    private func run() {
        while true {
            let entries = state.withLock { $0.entries.map { ($0.key, $0.value) } }
            var polled = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
            polled += entries.map { pollfd(fd: $1.descriptor, events: Int16(POLLIN), revents: 0) }
            poll(
                &polled, nfds_t(polled.count), Self.timeout(entries.compactMap(\.1.deadline).min()))
            if polled[0].revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 256)
                _ = read(wakeReader, &bytes, bytes.count)
            }
            let now = MonotonicClock.now
            for (index, (identifier, entry)) in entries.enumerated() {
                let isReady = polled[index + 1].revents != 0
                guard isReady || (entry.deadline ?? .max) <= now else { continue }
                let isOpen = state.withLock { $0.entries.removeValue(forKey: identifier) != nil }
                if isOpen { entry.action(isReady) }
            }
        }
    }

    /// Milliseconds until a deadline, rounded up; -1 without one.
    private static func timeout(_ deadline: Int64?) -> Int32 {
        guard let deadline else { return -1 }
        return Int32(clamping: (max(0, deadline - MonotonicClock.now) + 999_999) / 1_000_000)
    }
}
