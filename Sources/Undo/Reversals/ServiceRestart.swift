import Glibc
public import Kernel
import Playbooks
public import Records

/// What starts a service of the host again that a fault has ended.
public struct ServiceRestart: Sendable, Codable, Equatable {
    /// The program, by its absolute path, and its arguments; no shell reads them.
    public var command: [String]
    /// How the service's processes are known.
    public var sign: ServiceSign
    /// The processes that the fault ends.
    public var ended: [ProcessIdentity]
    /// How many processes had the sign before.
    public var count: Int
    /// Those of them that the fault leaves alone.
    public var others: [ProcessIdentity]?
    /// When this was written, in ticks since the boot: what has the sign, is none of these and was
    /// there by then is no service on its way back, such as the shell that the drill was started from.
    public var writtenAt: UInt64?
    /// How the sign is called in what is written down; nil where it holds no secret.
    public var title: String?
    /// The mount namespace that it is started in; nil for that of whoever starts it.
    public var mountNamespace: MountNamespace.Identity?
    /// What it is given in place of what a drill and its guardian have for their own work; nil for
    /// what whoever starts it has.
    public var inheritance: ProcessInheritance?
    /// Who was the last to start it; nil while nobody was.
    public var attempt: ServiceAttempt?

    public init(
        command: [String], sign: ServiceSign, ended: [ProcessIdentity], count: Int,
        others: [ProcessIdentity]? = nil, writtenAt: UInt64? = nil,
        mountNamespace: MountNamespace.Identity?, inheritance: ProcessInheritance? = nil
    ) {
        self.others = others
        self.writtenAt = writtenAt
        self.inheritance = inheritance
        self.command = command
        self.sign = sign
        self.ended = ended
        self.count = count
        self.mountNamespace = mountNamespace
    }

    /// The service's processes now, beside how many there were.
    ///
    /// It runs again when one does that was not there before, for a service need not have as many
    /// right after its start; also when the fault has come to none of them.
    public var comparison: Comparison {
        let now = sign.processes().filter { isOfService($0) }
        let isUntouched = !ended.isEmpty && dying.count == ended.count
        let isBack =
            ended.isEmpty || writtenAt == nil
            ? now.count >= count : now.contains { !ended.contains($0) && !isOther($0) }
        let pids = now.map { "pid \($0.pid)" }.joined(separator: ", ")
        return Comparison(
            what: "processes by \(title ?? sign.description)", before: "\(count)",
            after: now.isEmpty ? "none" : "\(now.count) (\(pids))", isSame: isUntouched || isBack)
    }

    /// Those that the fault ends and that are not yet gone.
    var dying: [ProcessIdentity] { ended.filter { ProcessTable.isAlive($0) } }

    private func isOther(_ process: ProcessIdentity) -> Bool { others?.contains(process) == true }

    private func isOfService(_ process: ProcessIdentity) -> Bool {
        guard let writtenAt else { return true }
        return process.startTime >= writtenAt || isOther(process) || ended.contains(process)
    }
}

/// That the command of a service was started, on record so that nobody starts it beside that.
public struct ServiceAttempt: Sendable, Codable, Equatable {
    /// The command's process, which leads a session.
    public var process: ProcessIdentity
    /// Why it came to nothing; nil while it may yet succeed.
    public var failure: String?

    public init(process: ProcessIdentity, failure: String? = nil) {
        self.process = process
        self.failure = failure
    }

    /// How much longer it is to be waited for, in nanoseconds; 0 when it is over.
    ///
    /// All of `patience` while the session has a process. A command that has ended may have left a
    /// service in a session of its own, which is waited for as if it had not.
    func timeLeft(of patience: Int64) -> Int64 {
        guard failure == nil else { return 0 }
        guard ReversalPerformer.survivors(of: process).isEmpty else { return patience }
        let start = Int64(process.startTime) * (1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
        return max(0, patience - max(0, BootClock.now - start))
    }
}

/// How the processes of a service of the host are known, before and after its restart.
public enum ServiceSign: Sendable, Codable, Equatable, CustomStringConvertible {
    case pidFile(String)
    case port(Int)
    /// A regular expression over the command line.
    case commandLine(String)
    case controlGroup(String)
    case unit(String)
    case container(String)

    public var description: String {
        switch self {
        case .pidFile(let path): "pid file \(path)"
        case .port(let port): "listening on port \(port)"
        case .commandLine(let pattern): "command line /\(pattern)/"
        case .controlGroup(let path): "cgroup \(path)"
        case .unit(let unit): "unit \(unit)"
        case .container(let container): "container \(container)"
        }
    }

    /// The living processes that have it now; empty when none has, or nobody can tell.
    public func processes() -> [ProcessIdentity] {
        let found: [ProcessIdentity]
        switch self {
        case .pidFile(let path):
            found = ProcessTable.named(byFile: path).map { [$0] } ?? []
        case .port(let port):
            found = (try? ProcessTable.listening(onPort: port)) ?? []
        case .commandLine(let pattern):
            let expression = try? TextPattern(pattern)
            found =
                expression.map { expression in
                    ProcessTable.withCommandLine { expression.isFound(in: $0) == true }
                } ?? []
        case .controlGroup(let path):
            found = (try? ControlGroup(path).processes()) ?? []
        case .unit(let unit):
            found = (try? ControlGroup.ofUnit(unit)?.processes()) ?? []
        case .container(let container):
            found = (try? ControlGroup.ofContainer(container)?.processes()) ?? []
        }
        return found.filter { ProcessTable.isAlive($0) }
    }
}
