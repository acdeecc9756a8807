import Kernel

/// The processes that people reach this host by: the ssh service, its sessions, and what started them.
///
/// A terminal multiplexer or a service manager between a session and a drill makes neither of them
/// an ancestor of the other, so they are found by what they are.
struct RemoteAccess {
    /// Names of the service's programs (sshd(8)).
    private static let programs: Set<String> = ["sshd", "sshd-session", "sshd-auth", "dropbear"]

    /// The sessions that this process was started over: values of SSH_CONNECTION (ssh(1)).
    var sessions = SSHPorts.sessions

    /// What each of these processes is, by its number.
    ///
    /// - Parameter allowed: command lines, whole ones, that the host's owner has given away.
    func processes(allowing allowed: [String] = []) -> [Int32: String] {
        let all = ProcessTable.all()
        let lines = Dictionary(
            uniqueKeysWithValues: all.map { ($0.pid, ProcessTable.commandLine(of: $0.pid) ?? []) })
        var found: [Int32: String] = [:]
        for identity in all {
            guard Self.isService(lines[identity.pid] ?? [], ProcessTable.program(of: identity.pid))
            else { continue }
            found[identity.pid] = "the ssh service or a session of it"
        }
        let sockets = (try? SocketTable().sockets(in: [.listening, .established])) ?? []
        let held = Dictionary(
            uniqueKeysWithValues: found.keys.map { ($0, ProcessTable.socketInodes(of: $0)) })
        let ports = SSHPorts.of(
            sockets, sessions: sessions,
            inodes: held.values.reduce(into: []) { $0.formUnion($1) })
        let inodes = Set(
            sockets.filter { ports.contains($0.local.port) && $0.inode != 0 }.map(\.inode))
        if !inodes.isEmpty {
            for identity in all where found[identity.pid] == nil {
                guard !inodes.isDisjoint(with: ProcessTable.socketInodes(of: identity.pid)) else {
                    continue
                }
                found[identity.pid] = "the holder of a socket of the ssh service's port"
            }
        }
        for pid in found.keys
        where allowed.contains((lines[pid] ?? []).joined(separator: " ")) {
            found[pid] = nil
        }
        for ancestor in found.keys.flatMap({ ProcessTable.ancestors(of: $0) })
        where found[ancestor] == nil {
            guard !allowed.contains((lines[ancestor] ?? []).joined(separator: " ")) else {
                continue
            }
            found[ancestor] = "an ancestor of an ssh session"
        }
        return found
    }

    /// Whether this is a process of the service, by the name it gives itself or by its program.
    static func isService(_ commandLine: [String], _ program: String?) -> Bool {
        func name(_ path: Substring) -> String {
            String(path.split(separator: "/").last ?? "")
        }
        // A session's whole title is one argument: `sshd: ann@pts/0`.
        let word = (commandLine.first ?? "").split(whereSeparator: { $0 == " " || $0 == ":" }).first
        if let word, programs.contains(name(word)) { return true }
        return program.map { programs.contains(name($0[...])) } ?? false
    }
}
