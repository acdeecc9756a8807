import Kernel

/// Which TCP connections of a host are those whose packets are aimed at on an interface; pure.
struct ConnectionSelection: Sendable {
    /// What goes out: a connection is known by what its own end sends.
    var aims: [PacketAim]
    var interface: String
    /// The addresses of each interface, see ``NetworkInterface/addresses()``.
    var addresses: [String: [[UInt8]]]
    /// This host's own ends of sessions over ssh.
    var controlPorts = [SSHPorts.usual]

    /// Whether a connection is meant; sessions over ssh never are.
    func contains(_ socket: SocketTableEntry) -> Bool {
        socket.state == .established && !controlPorts.contains(socket.local.port)
            && crosses(socket)
            && aims.contains { aim in
                aim.covers(from: socket.local, to: socket.remote)
                    && (aim.user ?? socket.user) == socket.user
            }
    }

    /// Whether its packets go over the interface: what a host sends to itself stays on loopback.
    private func crosses(_ socket: SocketTableEntry) -> Bool {
        let all = Set(addresses.values.joined())
        let isWithin = socket.remote.isLoopback || all.contains(socket.remote.plainAddress)
        guard interface != "lo" else { return isWithin }
        let own = addresses[interface] ?? []
        return !isWithin && own.contains(socket.local.plainAddress)
    }
}
