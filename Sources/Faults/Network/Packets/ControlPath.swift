import Kernel

/// The connections that people reach this host by, which no fault may cut; pure.
struct ControlPath: Sendable {
    /// TCP sockets of the network namespace.
    var sockets: [SocketTableEntry]
    /// This host's own ends of sessions over ssh, in order.
    var ports: [UInt16] = [SSHPorts.usual]

    /// Whether a socket is this host's end of a session over ssh.
    func isControl(_ socket: SocketTableEntry) -> Bool { ports.contains(socket.local.port) }

    /// Why packets may not be hit: they are those of a session over ssh; nil when they may.
    func objection(to aims: [PacketAim], _ direction: PacketSelection.Direction) -> String? {
        for socket in sockets where socket.state == .established && isControl(socket) {
            let isHit = aims.contains { aim in
                switch direction {
                case .egress: aim.covers(from: socket.local, to: socket.remote)
                case .ingress: aim.covers(from: socket.remote, to: socket.local)
                }
            }
            if isHit { return "it would hit the ssh session from \(socket.remote)" }
        }
        return nil
    }

    /// Why aims are refused where nothing can take ssh's packets out of them: a session that begins
    /// during the fault would be hit; nil when none of ssh's ports is among theirs.
    func objection(toUnsparing aims: [PacketAim], _ direction: PacketSelection.Direction)
        -> String?
    {
        for port in ports {
            let isHit = aims.contains { aim in
                let local = direction == .egress ? aim.sourcePorts : aim.destinationPorts
                return (aim.transport ?? .tcp) == .tcp && aim.leavesLocalPort(direction)
                    && (local?.contains(port) ?? true)
            }
            if isHit {
                return "u32 filters cannot spare sessions over ssh, whose port \(port) is among "
                    + "those aimed at"
            }
        }
        return nil
    }

    /// Reads them from the kernel; what this user may not look at counts as none of sshd's.
    static func read(namespace: Int32?) throws -> ControlPath {
        let sockets = try SocketTable(namespace: namespace).sockets(
            in: [.established, .listening])
        let servers = ProcessTable.all().map(\.pid).filter {
            RemoteAccess.isService(
                ProcessTable.commandLine(of: $0) ?? [], ProcessTable.program(of: $0))
        }
        let inodes = servers.reduce(into: Set<UInt32>()) {
            $0.formUnion(ProcessTable.socketInodes(of: $1))
        }
        return ControlPath(
            sockets: sockets,
            ports: SSHPorts.of(sockets, sessions: SSHPorts.sessions, inodes: inodes))
    }
}

extension PacketAim {
    /// Whether packets of a TCP connection, in one direction, may be among those aimed at.
    func covers(from source: SocketEndpoint, to destination: SocketEndpoint) -> Bool {
        guard transport == nil || transport == .tcp else { return false }
        return (self.source?.contains(source.plainAddress) ?? true)
            && (self.destination?.contains(destination.plainAddress) ?? true)
            && (sourcePorts?.contains(source.port) ?? true)
            && (destinationPorts?.contains(destination.port) ?? true)
    }

    /// Whether it names no port of the other side: then this host's own may be any, ssh's too.
    func leavesLocalPort(_ direction: PacketSelection.Direction) -> Bool {
        let remote = direction == .egress ? destinationPorts : sourcePorts
        return remote?.mayBeOfClient ?? true
    }
}

extension SocketEndpoint {
    /// The address, an IPv4 one in IPv6's clothes as the one it is on the wire.
    var plainAddress: [UInt8] {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return address.count == 16 && address.starts(with: prefix)
            ? Array(address.dropFirst(12)) : address
    }
}
