import CLinux
import Glibc
import Synchronization

/// A program that this process started, reaped as soon as it ends.
///
/// Copies refer to the same child. Unless asked otherwise it founds its own session, so that a
/// signal to our terminal does not reach it, and SIGKILL ends it when this process dies.
public struct ChildProcess: Sendable {
    /// Read before the child could be reaped, so it is never another process's.
    public let identity: ProcessIdentity
    private let child: Child

    /// Starts a program and returns when it runs; throws when it could not be executed.
    ///
    /// The child is created by one thread that lives as long as this process: PR_SET_PDEATHSIG fires
    /// when the creating thread ends (prctl(2)). All signals have their default action in the child,
    /// and it has no descriptors but those of the options.
    public static func spawn(_ options: Options) throws(KernelError) -> ChildProcess {
        let descriptor = try start(options)
        guard let identity = ProcessTable.identity(of: descriptor.pid) else {
            close(descriptor.pidfd)
            throw KernelError(
                call: "read", object: "/proc/\(descriptor.pid)/stat", reason: .vanished,
                remedy: "mount /proc")
        }
        return ChildProcess(identity: identity, pidfd: descriptor.pidfd)
    }

    private init(identity: ProcessIdentity, pidfd: Int32) {
        self.identity = identity
        child = Child(pidfd: pidfd)
        child.watch()
    }

    /// Suspends until the child has ended and been reaped; any number of tasks may wait.
    ///
    /// Cancelling the task does not end the wait: `terminate` does.
    public func wait() async -> ExitStatus {
        await child.wait()
    }

    /// Suspends until the child has ended, at most `bound`; nil when it still runs then.
    ///
    /// Cancelling the task ends the wait.
    public func wait(atMost bound: Duration) async -> ExitStatus? {
        if let status { return status }
        guard await Readiness.wait(for: child.pidfd, atMost: bound) else { return status }
        return await child.wait()
    }

    /// How it ended, or nil while it runs.
    public var status: ExitStatus? { child.status }

    /// Sends a signal by pidfd; throws with the reason `vanished` when the child has ended.
    public func signal(_ signal: Int32) throws(KernelError) {
        try sendSignal(signal, to: child.pidfd, of: identity)
    }

    /// Sends SIGTERM and SIGCONT, waits at most `grace`, then SIGKILL; returns how it ended.
    ///
    /// Works in a cancelled task as well, and returns at once when the child has ended already. A
    /// child that outlives SIGKILL by ten seconds is ``ExitStatus/unresponsive``.
    public func terminate(grace: Duration) async -> ExitStatus {
        // Undo must not be cut short, so the waits are out of reach of this task's cancellation.
        await Task {
            if let status { return status }
            if grace > .zero {
                try? signal(SIGTERM)
                try? signal(SIGCONT)
                if let status = await wait(atMost: grace) { return status }
            }
            try? signal(SIGKILL)
            return await wait(atMost: .seconds(10)) ?? .unresponsive
        }.value
    }
}

extension ChildProcess {
    private static func start(_ options: Options) throws(KernelError) -> (pid: Int32, pidfd: Int32)
    {
        var standardInput = options.standardInput ?? -1
        if options.standardInput == nil {
            standardInput = open("/dev/null", O_RDWR | O_CLOEXEC)
            guard standardInput >= 0 else {
                throw KernelError(call: "open", object: "/dev/null", reason: .errno(errno))
            }
        }
        defer { if options.standardInput == nil { close(standardInput) } }
        var descriptors = options.inheritedDescriptors
        descriptors[0] = standardInput
        descriptors[1] = options.standardOutput
        descriptors[2] = options.standardError
        return try start(options, descriptors: descriptors)
    }

    private static func start(
        _ options: Options, descriptors: [Int32: Int32]
    ) throws(KernelError) -> (pid: Int32, pidfd: Int32) {
        let pairs = descriptors.map { clinux_descriptor(source: $0.value, target: $0.key) }
        let load = LoadKind.request(options.load)
        let arguments = CStringArray([options.executable] + options.arguments)
        let environment = CStringArray(options.environment)
        var offsets: String?
        if let offset = options.clockOffset {
            offsets = try TimeNamespace.own().offsets.moved(by: offset).text
        }
        var pid: pid_t = 0
        var pidfd: Int32 = -1
        var step: Int32 = 0
        var inheritance = options.inheritance?.request ?? clinux_inheritance()
        let result = pairs.withUnsafeBufferPointer { pairs in
            options.executable.withCString { executable in
                withOptionalCString(options.workingDirectory) { directory in
                    withOptionalCString(offsets) { offsets in
                        withUnsafePointer(to: &inheritance) { inheritance in
                            var request = clinux_spawn(
                                executable: executable, arguments: arguments.pointers,
                                environment: environment.pointers, directory: directory,
                                descriptors: pairs.baseAddress, descriptor_count: pairs.count,
                                new_session: options.newSession ? 1 : 0,
                                dies_with_parent: options.diesWithParent ? 1 : 0,
                                load: load.kind, load_amount: load.amount, time_offsets: offsets,
                                mount_namespace: options.mountNamespace ?? -1,
                                plain_memory: options.isSparedNothing ? 1 : 0,
                                inheritance: options.inheritance == nil ? nil : inheritance)
                            return clinux_spawn(&request, &pid, &pidfd, &step)
                        }
                    }
                }
            }
        }
        guard result == 0 else { throw failure(result, step: step, options) }
        return (pid, pidfd)
    }

    private static func failure(_ number: Int32, step: Int32, _ options: Options) -> KernelError {
        var object = options.executable
        let call: String
        switch UInt32(step) {
        case CLINUX_SPAWN_SESSION.rawValue: call = "setsid"
        case CLINUX_SPAWN_LIFETIME.rawValue: call = "prctl(PR_SET_PDEATHSIG)"
        case CLINUX_SPAWN_DESCRIPTORS.rawValue: call = "dup2"
        case CLINUX_SPAWN_DIRECTORY.rawValue:
            call = "chdir"
            object = options.workingDirectory ?? ""
        case CLINUX_SPAWN_EXECUTE.rawValue: call = "execve"
        case CLINUX_SPAWN_TIME_NAMESPACE.rawValue, CLINUX_SPAWN_TIME_OFFSETS.rawValue:
            return TimeNamespace.objection(number: number, step: step)
        case CLINUX_SPAWN_NAMESPACE.rawValue: call = "setns"
        default: call = "clone"
        }
        let missing = call == "execve" && number == ENOENT
        return KernelError(
            call: call, object: object, reason: .errno(number),
            remedy: missing ? "install it, or give its absolute path" : "")
    }
}

/// The child's pidfd and end; kept alive by its watch until the child has been reaped.
private final class Child: Sendable {
    private struct State {
        var status: ExitStatus?
        var waiters: [CheckedContinuation<ExitStatus, Never>] = []
    }

    let pidfd: Int32
    private let state = Mutex(State())

    init(pidfd: Int32) { self.pidfd = pidfd }

    deinit { close(pidfd) }

    var status: ExitStatus? { state.withLock(\.status) }

    func watch() {
        _ = PollThread.shared.add(pidfd, deadline: nil) { _ in self.reap() }
    }

    func wait() async -> ExitStatus {
        await withCheckedContinuation { continuation in
            let status: ExitStatus? = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    private func reap() {
        var exited: Int32 = 0
        var code: Int32 = 0
        let result = clinux_reap(pidfd, &exited, &code)
        guard result != 0 else { return watch() }
        // Somebody else reaped it: the end is certain, its status is not to be had.
        let status: ExitStatus =
            result < 0 ? .signaled(0) : exited != 0 ? .exited(code) : .signaled(code)
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }
}
