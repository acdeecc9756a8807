import Kernel

/// What the host's policy may know a process by.
public struct ProcessTraits: Sendable, Equatable {
    /// The arguments, joined by spaces.
    public var commandLine: String
    /// The numbers of its users as text, and what the policy calls them.
    public var users: [String]
    /// Names of the policy of which nobody could say whom they mean.
    public var unknownUsers: [String] = []
    /// The protected ports that it listens on.
    public var ports: [Int]

    public init(commandLine: String = "", users: [String] = [], ports: [Int] = []) {
        self.commandLine = commandLine
        self.users = users
        self.ports = ports
    }

    /// Reads them from `/proc`.
    ///
    /// - Parameters:
    ///   - listeners: who listens on the ports that are looked at.
    ///   - protected: the users that the policy names.
    init(of identity: ProcessIdentity, listeners: PortListeners, protected: ProtectedUsers) {
        commandLine = (ProcessTable.commandLine(of: identity.pid) ?? []).joined(separator: " ")
        var numbers: Set<UInt32> = []
        // The owner of its directory is root where it may not be traced (proc(5)).
        if let own = ProcessUsers(of: identity.pid) {
            numbers = [own.real, own.effective, own.saved]
        } else if let owner = FileStatus.of("/proc/\(identity.pid)")?.owner {
            numbers = [owner]
        }
        users = numbers.sorted().map(String.init) + protected.names(of: numbers)
        unknownUsers = protected.unknown
        ports = listeners.ports(of: identity)
    }
}
