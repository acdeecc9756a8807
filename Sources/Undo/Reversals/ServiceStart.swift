import Glibc
import Kernel
public import Records

/// A service of the host on its way back: looked at until it runs, or its time is over.
///
/// Nothing is started when as many of its processes run as before: the fault may not have come to it,
/// or its own supervisor was quicker.
public struct ServiceStart {
    /// How long a service may take to run again: 30 s.
    private static let patience: Int64 = 30_000_000_000
    /// How long its processes must run before they count while the command runs, which may have the
    /// service's name on its own command line.
    private static let proof: Int64 = 1_000_000_000

    private let restart: ServiceRestart
    /// Nil where nothing had to be started.
    private let child: ChildProcess?
    private let deadline = MonotonicClock.now + Self.patience
    private var since: Int64?

    /// Starts the service's command where that is needed; throws when it cannot be started.
    public init(_ restart: ServiceRestart) throws {
        self.restart = restart
        child = restart.comparison.isSame ? nil : try Self.spawn(restart)
    }

    /// What came of it; nil while it has to be looked at again.
    ///
    /// Throws when its command has failed.
    public mutating func outcome() throws -> Comparison? {
        let now = MonotonicClock.now
        let comparison = restart.comparison
        guard let child else { return comparison }
        guard now < deadline else {
            if !comparison.isSame { try? child.signal(SIGKILL) }
            return comparison
        }
        guard comparison.isSame else {
            since = nil
            if let status = child.status, status != .exited(0) {
                throw UndoError(
                    attempted: "start the service again with", object: restart.command[0],
                    reason: "\(status)", remedy: "start it by hand")
            }
            return nil
        }
        let first = since ?? now
        since = first
        return child.status != nil || now - first > Self.proof ? comparison : nil
    }

    private static func spawn(_ restart: ServiceRestart) throws -> ChildProcess {
        guard let executable = restart.command.first else {
            throw UndoError(
                attempted: "start the service again, by", object: "\(restart.sign)",
                reason: "no command is on record")
        }
        let namespace = try restart.mountNamespace.flatMap { try MountNamespace.hold(inode: $0) }
        let null = try Descriptor.open("/dev/null", flags: O_RDWR)
        var options = ChildProcess.Options(
            executable: executable, arguments: Array(restart.command.dropFirst()),
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
            ], workingDirectory: "/", standardOutput: null.number, standardError: null.number,
            newSession: true, diesWithParent: false)
        options.mountNamespace = namespace?.number
        options.isSparedNothing = true
        return try ChildProcess.spawn(options)
    }
}

extension ReversalPerformer {
    /// Starts a service again, and waits for it.
    func restart(_ restart: ServiceRestart) throws -> Comparison {
        var start = try ServiceStart(restart)
        while true {
            if let comparison = try start.outcome() { return comparison }
            usleep(20_000)
        }
    }
}
