private import CNetlink
import Glibc

/// The TCP sockets of a network namespace, and the end of single connections (sock_diag(7)).
///
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one. Reading needs no right; ``reset(_:)`` needs CAP_NET_ADMIN.
public struct SocketTable: Sendable {
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?

    public init(namespace: Int32? = nil) {
        self.namespace = namespace
    }

    /// All TCP sockets in these states, IPv4 first.
    ///
    /// Sockets that come and go during the call may be in it or not.
    public func sockets(
        in states: Set<SocketTableEntry.State> = [.established]
    ) throws(KernelError) -> [SocketTableEntry] {
        let socket = try NetlinkSocket(.sockets, namespace: namespace)
        var found: [SocketTableEntry] = []
        for family in [AF_INET, AF_INET6] {
            let message = try NetlinkMessage(type: Int(SOCK_DIAG_BY_FAMILY), flags: 0)
            try message.append(SocketRequest(family: family, states: states).bytes)
            do {
                found += try socket.dump(message, object: "TCP sockets")
                    .compactMap { SocketTableEntry(message: $0) }
            } catch  where family == AF_INET6 && error.number == ENOENT {
                // A kernel without IPv6 has no such sockets.
            }
        }
        return found.filter { states.contains($0.state) }
    }

    /// Resets one connection: its peer is sent a RST, its owner gets ECONNABORTED.
    ///
    /// The kernel compares the socket's cookie, so that no other one is hit in its place when it has
    /// ended meanwhile. Listeners are refused: an ended one cannot be brought back.
    ///
    /// - Returns: false when the connection has ended already.
    public func reset(_ entry: SocketTableEntry) throws(KernelError) -> Bool {
        guard entry.state != .listening, entry.remote.port != 0 else {
            throw KernelError(
                call: "SOCK_DESTROY", object: "\(entry)",
                reason: .refused("it is a listener, which nobody could bring back"))
        }
        let socket = try NetlinkSocket(.sockets, namespace: namespace)
        let message = try NetlinkMessage(type: Int(SOCK_DESTROY), flags: 0)
        try message.append(SocketRequest(entry).bytes)
        guard var failure = socket.failure(of: message, object: "\(entry)") else { return true }
        // ESTALE: another socket has the same ends by now.
        if failure.number == ENOENT || failure.number == ESTALE { return false }
        failure.call = "SOCK_DESTROY"
        switch failure.number {
        case EPERM: failure.remedy = Capability.networkAdministration.remedy
        case EOPNOTSUPP: failure.remedy = "the kernel lacks CONFIG_INET_DIAG_DESTROY"
        default: break
        }
        throw failure
    }
}

/// The body of a question about sockets (`struct inet_diag_req_v2`, linux/inet_diag.h).
struct SocketRequest: Equatable {
    let bytes: [UInt8]

    /// Asks for all TCP sockets of a family in some states.
    init(family: Int32, states: Set<SocketTableEntry.State>) {
        let mask = states.reduce(UInt32(0)) { $0 | 1 << UInt32($1.rawValue) }
        bytes = Self.head(family, states: mask) + Array(repeating: 0, count: 48)
    }

    /// Names exactly one socket.
    init(_ entry: SocketTableEntry) {
        let family = entry.local.address.count == 4 ? AF_INET : AF_INET6
        let padded = { (address: [UInt8]) in
            address + Array(repeating: 0, count: 16 - address.count)
        }
        bytes =
            Self.head(family, states: .max)
            + nativeBytes(entry.local.port.bigEndian, entry.remote.port.bigEndian)
            + padded(entry.local.address) + padded(entry.remote.address)
            + nativeBytes(entry.interface, entry.cookie)
    }

    private static func head(_ family: Int32, states: UInt32) -> [UInt8] {
        [UInt8(family), UInt8(IPPROTO_TCP), 0, 0] + nativeBytes(states)
    }
}
