import Glibc
import Kernel

/// The ports of this host that people come in by over ssh.
enum SSHPorts {
    /// The port of ssh (services(5)).
    static let usual: UInt16 = 22

    /// The sessions that this drill was started over: values of SSH_CONNECTION (ssh(1)), its own and
    /// those of the processes that it was started from.
    static var sessions: [String] {
        ([getpid()] + ProcessTable.ancestors(of: getpid())).compactMap {
            ProcessTable.environment("SSH_CONNECTION", of: $0)
        }
    }

    /// The usual one, those of sessions, and those that sshd listens on or has sessions at; in order.
    ///
    /// - Parameters:
    ///   - sockets: those that listen and those that are established.
    ///   - sessions: values of SSH_CONNECTION (ssh(1)).
    ///   - inodes: the sockets that processes of sshd hold.
    static func of(
        _ sockets: [SocketTableEntry], sessions: [String], inodes: Set<UInt32>
    ) -> [UInt16] {
        let listening = Set(sockets.filter { $0.state == .listening }.map(\.local.port))
        // What a session forwards has ports of its own, at which nobody listens.
        let own = sockets.filter { inodes.contains($0.inode) && listening.contains($0.local.port) }
        let started = sessions.compactMap { session -> UInt16? in
            let fields = session.split(separator: " ")
            return fields.count == 4 ? UInt16(fields[3]) : nil
        }
        return Set([usual] + started + own.map(\.local.port)).sorted()
    }
}
