private import CNetlink
import Glibc

/// One TCP socket as the kernel lists it (sock_diag(7), `struct inet_diag_msg`).
public struct SocketTableEntry: Sendable, Hashable, CustomStringConvertible {
    /// What of its life a socket is in; the numbers are the kernel's (net/tcp_states.h).
    public enum State: UInt8, Sendable {
        case established = 1
        case synSent, synReceived, finWait1, finWait2, timeWait, closed, closeWait, lastAck
        case listening, closing, newSynReceived
    }

    public var local: SocketEndpoint
    /// Port 0 for a listener.
    public var remote: SocketEndpoint
    public var state: State
    /// The interface it is bound to; 0 for any.
    public var interface: UInt32
    /// The kernel's own name of this socket, never used again for another one.
    public var cookie: UInt64
    /// The user that made it.
    public var user: UInt32
    /// The number below `/proc/PID/fd`; 0 when no process holds it any more.
    public var inode: UInt32

    /// `127.0.0.1:7001 from 127.0.0.1:40112, established`.
    public var description: String { "\(local) from \(remote), \(state)" }

    /// Parses the payload of an answer; nil when it is cut short or of another kind.
    init?(message: ArraySlice<UInt8>) {
        guard message.count >= 72, let family = message.first,
            let length = Self.addressLength(ofFamily: family),
            let number = message.dropFirst().first, let state = State(rawValue: number),
            let localPort = message.integer(at: 4, as: UInt16.self),
            let remotePort = message.integer(at: 6, as: UInt16.self),
            let interface = message.integer(at: 40, as: UInt32.self),
            let cookie = message.integer(at: 44, as: UInt64.self),
            let user = message.integer(at: 64, as: UInt32.self),
            let inode = message.integer(at: 68, as: UInt32.self)
        else { return nil }
        local = SocketEndpoint(
            address: Array(message.dropFirst(8).prefix(length)), port: UInt16(bigEndian: localPort))
        remote = SocketEndpoint(
            address: Array(message.dropFirst(24).prefix(length)),
            port: UInt16(bigEndian: remotePort))
        self.state = state
        self.interface = interface
        self.cookie = cookie
        self.user = user
        self.inode = inode
    }

    /// Describes a socket; `cookie` decides which one it is.
    public init(
        local: SocketEndpoint, remote: SocketEndpoint, state: State, interface: UInt32 = 0,
        cookie: UInt64, user: UInt32 = 0, inode: UInt32 = 0
    ) {
        self.local = local
        self.remote = remote
        self.state = state
        self.interface = interface
        self.cookie = cookie
        self.user = user
        self.inode = inode
    }

    private static func addressLength(ofFamily family: UInt8) -> Int? {
        switch Int32(family) {
        case AF_INET: 4
        case AF_INET6: 16
        default: nil
        }
    }
}
