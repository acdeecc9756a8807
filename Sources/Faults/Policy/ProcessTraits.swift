import Glibc
import Kernel

/// What the host's policy may know a process by.
public struct ProcessTraits: Sendable, Equatable {
    /// The arguments, joined by spaces.
    public var commandLine: String
    /// The name of its user and the user's number, both as text.
    public var users: [String]
    /// The protected ports that it listens on.
    public var ports: [Int]

    public init(commandLine: String = "", users: [String] = [], ports: [Int] = []) {
        self.commandLine = commandLine
        self.users = users
        self.ports = ports
    }

    /// Reads them from `/proc`.
    ///
    /// - Parameter listeners: who listens on the ports that are looked at.
    init(of identity: ProcessIdentity, listeners: PortListeners) {
        commandLine = (ProcessTable.commandLine(of: identity.pid) ?? []).joined(separator: " ")
        users = []
        if let owner = FileStatus.of("/proc/\(identity.pid)")?.owner {
            users.append(String(owner))
            if let entry = getpwuid(owner) {
                users.append(String(cString: entry.pointee.pw_name))
            }
        }
        ports = listeners.ports(of: identity)
    }
}
