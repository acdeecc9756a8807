public import Kernel
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
    /// The inode of the mount namespace that it is started in; nil for that of whoever starts it.
    public var mountNamespace: UInt64?

    public init(
        command: [String], sign: ServiceSign, ended: [ProcessIdentity], count: Int,
        mountNamespace: UInt64?
    ) {
        self.command = command
        self.sign = sign
        self.ended = ended
        self.count = count
        self.mountNamespace = mountNamespace
    }

    /// The service's processes now, beside how many there were.
    public var comparison: Comparison {
        let now = sign.processes()
        let pids = now.map { "pid \($0.pid)" }.joined(separator: ", ")
        return Comparison(
            what: "processes by \(sign)", before: "\(count)",
            after: now.isEmpty ? "none" : "\(now.count) (\(pids))", isSame: now.count >= count)
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
            found = ProcessTable.matching(pattern)
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
