import Glibc
import Kernel
public import Records

/// A service of the host on its way back: looked at until it runs, or its time is over.
///
/// Nothing is started while a process that the fault ends is on its way out, nor when it runs: the
/// fault may not have come to it, or its own supervisor was quicker. Nor when the record says that it was started already: two that
/// start it make two of it.
public struct ServiceStart {
    /// How long a service may take to run again: 30 s.
    public static let patience: Int64 = 30_000_000_000
    /// How long a process that gets a signal may take to end, before it counts as running.
    private static let dyingPatience: Int64 = 15_000_000_000
    /// How long its processes must run before they count: the command may have the service's name on
    /// its own command line, and a service may end at once.
    private static let proof: Int64 = 1_000_000_000

    /// What is to be on record from now on, and from the end on again, for whoever comes after this.
    public private(set) var restart: ServiceRestart
    /// Nil where nothing had to be started, or another process has started it.
    private var child: ChildProcess?
    private var deadline: Int64
    private var since: Int64?
    /// Until when what the fault ends is waited for; nil when that is over.
    private var dyingUntil: Int64?
    private let again: Bool
    private let patience: Int64

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
        self.again = again
        self.patience = patience
        let now = MonotonicClock.now
        let left = restart.attempt?.timeLeft(of: patience) ?? 0
        deadline = now + left
        guard left == 0 else { return }
        guard restart.dying.isEmpty else {
            dyingUntil = now + Self.dyingPatience
            return
        }
        try begin()
    }

    /// Starts the command, where the service does not run.
    private mutating func begin() throws {
        guard !restart.comparison.isSame else {
            restart.attempt = nil
            return
        }
        if let attempt = restart.attempt, !again {
            throw Self.error(restart, attempt.failure ?? "its start has come to nothing")
        }
        let started = try Self.spawn(restart)
        restart.attempt = ServiceAttempt(process: started.identity)
        child = started
        deadline = MonotonicClock.now + patience
    }

    /// What came of it; nil while it has to be looked at again.
    ///
    /// Throws when its command has failed. Of a start that came to nothing no process is left.
    public mutating func outcome() throws -> Comparison? {
        let now = MonotonicClock.now
        if let dyingUntil {
            guard restart.dying.isEmpty else { return now < dyingUntil ? nil : restart.comparison }
            self.dyingUntil = nil
            try begin()
        }
        let comparison = restart.comparison
        guard restart.attempt != nil else { return comparison }
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
        return now - first > Self.proof || now >= deadline ? comparison : nil
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
