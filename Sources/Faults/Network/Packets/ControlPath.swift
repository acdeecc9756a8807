import Kernel

/// The connections that people reach this host by, which no fault may cut; pure.
struct ControlPath {
    /// TCP sockets of this host.
    var sockets: [SocketTableEntry]

    /// The port of ssh.
    private static let port: UInt16 = 22

    /// Whether a socket is this host's end of a session over ssh.
    static func isControl(_ socket: SocketTableEntry) -> Bool { socket.local.port == port }

    /// Why packets may not be hit: they are those of a session over ssh; nil when they may.
    func objection(to aims: [PacketAim], _ direction: PacketSelection.Direction) -> String? {
        for socket in sockets where socket.state == .established && Self.isControl(socket) {
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
}

extension SocketEndpoint {
    /// The address, an IPv4 one in IPv6's clothes as the one it is on the wire.
    var plainAddress: [UInt8] {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        return address.count == 16 && address.starts(with: prefix)
            ? Array(address.dropFirst(12)) : address
    }
}
