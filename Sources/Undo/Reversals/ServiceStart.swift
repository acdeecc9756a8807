import Glibc
import Kernel
public import Records

/// A service of the host on its way back: looked at until it runs, or its time is over.
///
/// Nothing is started when as many of its processes run as before: the fault may not have come to it,
/// or its own supervisor was quicker. Nor when the record says that it was started already: two that
/// start it make two of it.
public struct ServiceStart {
    /// How long a service may take to run again: 30 s.
    public static let patience: Int64 = 30_000_000_000
    /// How long its processes must run before they count while the command runs, which may have the
    /// service's name on its own command line.
    private static let proof: Int64 = 1_000_000_000

    /// What is to be on record from now on, and from the end on again, for whoever comes after this.
    public private(set) var restart: ServiceRestart
    /// Nil where nothing had to be started, or another process has started it.
    private let child: ChildProcess?
    private let deadline: Int64
    private var since: Int64?

    /// Starts the service's command where that is needed; throws when it cannot be started.
    ///
    /// - Parameters:
    ///   - restart: what is on record.
    ///   - again: whether to start it once more after a start that came to nothing.
    ///   - patience: how long the service may take to run again, in nanoseconds.
    public init(
        _ restart: ServiceRestart, again: Bool = false, patience: Int64 = ServiceStart.patience
    ) throws {
        self.restart = restart
        let now = MonotonicClock.now
        let left = restart.attempt?.timeLeft(of: patience) ?? 0
        guard left == 0 else {
            (child, deadline) = (nil, now + left)
            return
        }
        guard !restart.comparison.isSame else {
            self.restart.attempt = nil
            (child, deadline) = (nil, now)
            return
        }
        if let attempt = restart.attempt, !again {
            throw Self.error(restart, attempt.failure ?? "its start has come to nothing")
        }
        let started = try Self.spawn(restart)
        self.restart.attempt = ServiceAttempt(process: started.identity)
        (child, deadline) = (started, now + patience)
    }

    /// What came of it; nil while it has to be looked at again.
    ///
    /// Throws when its command has failed. Of a start that came to nothing no process is left.
    public mutating func outcome() throws -> Comparison? {
        let now = MonotonicClock.now
        let comparison = restart.comparison
        guard let attempt = restart.attempt else { return comparison }
        let hasEnded = child.map { $0.status != nil } ?? !ProcessTable.isAlive(attempt.process)
        guard comparison.isSame else {
            since = nil
            if let status = child?.status, status != .exited(0) {
                giveUp("\(status)")
                throw Self.error(restart, "\(status)")
            }
            if now < deadline { return nil }
            giveUp("it did not run in time")
            return restart.comparison
        }
        let first = since ?? now
        since = first
        return hasEnded || now - first > Self.proof || now >= deadline ? comparison : nil
    }

    /// Ends what the command has started, so that nothing is added to what is started next.
    private mutating func giveUp(_ reason: String) {
        guard let process = restart.attempt?.process else { return }
        restart.attempt?.failure = reason
        do {
            _ = try ReversalPerformer().endSession(process)
        } catch {
            restart.attempt?.failure = "\(reason); \(error)"
        }
    }

    private static func error(_ restart: ServiceRestart, _ reason: String) -> UndoError {
        UndoError(
            attempted: "start the service again with", object: restart.command.first ?? "nothing",
            reason: reason, remedy: "start it by hand, or see why and run firedrill revert")
    }

    private static func spawn(_ restart: ServiceRestart) throws -> ChildProcess {
        guard let executable = restart.command.first else {
            throw UndoError(
                attempted: "start the service again, by", object: "\(restart.sign)",
                reason: "no command is on record")
        }
        let namespace = try restart.mountNamespace.flatMap { try MountNamespace.hold($0) }
        let null = try Descriptor.open("/dev/null", flags: O_RDWR)
        var options = ChildProcess.Options(
            executable: executable, arguments: Array(restart.command.dropFirst()),
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
            ], workingDirectory: "/", standardOutput: null.number, standardError: null.number,
            newSession: true, diesWithParent: false)
        options.mountNamespace = namespace?.number
        options.isSparedNothing = true
        options.inheritance = restart.inheritance
        return try ChildProcess.spawn(options)
    }
}

extension ReversalPerformer {
    /// Starts a service again, and waits for it.
    func restart(_ restart: ServiceRestart) throws -> Comparison {
        var start = try ServiceStart(restart, again: true)
        while true {
            if let comparison = try start.outcome() { return comparison }
            usleep(20_000)
        }
    }
}
