import Glibc

/// A thread of our own for ptrace(2), of which each tracee belongs to one thread.
///
/// When the thread ends, the kernel lets go whatever it has seized, also what could not be stopped
/// and so not be let go by hand: it would stand still for ever once it leaves the system call.
enum TracingThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts the thread; somebody must join or detach it.
    static func start(_ body: @escaping @Sendable () -> Void) throws(KernelError) -> pthread_t {
        // Signals are for the threads that handle them.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        // The thread keeps the work alive until it is done.
        let work = Unmanaged.passRetained(Work(body))
        let result = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw KernelError(call: "pthread_create", object: "a tracer", reason: .errno(result))
        }
        return thread
    }

    /// Runs something on such a thread; when this returns, all that it had seized has been let go.
    static func run(_ body: @escaping @Sendable () -> Void) throws(KernelError) {
        pthread_join(try start(body), nil)
    }
}
