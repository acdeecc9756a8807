import Glibc
import Testing

@testable import Kernel

/// A socket of IPv4 inside a network namespace, at 127.0.0.1 unless said otherwise; closed with its
/// last copy.
final class NamespaceSocket: Sendable {
    let descriptor: Int32

    init(_ type: __socket_type, in namespace: NetworkNamespace) throws {
        descriptor = try NetworkNamespaces.inside(namespace.descriptor.number) {
            socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
        try #require(descriptor >= 0)
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// 127.0.0.1.
    static let loopback: UInt32 = 0x7f00_0001

    /// A listener on a free port.
    static func listener(
        in namespace: NetworkNamespace
    ) throws -> (socket: NamespaceSocket, port: UInt16) {
        let listener = try NamespaceSocket(SOCK_STREAM, in: namespace)
        return (listener, try listener.bindToFreePort(listening: true))
    }

    /// A listener on a port and an address of its own.
    static func listener(
        in namespace: NetworkNamespace, at address: UInt32, port: UInt16
    ) throws -> NamespaceSocket {
        let listener = try NamespaceSocket(SOCK_STREAM, in: namespace)
        let isBound = withAddress(address, port: port) { bind(listener.descriptor, $0, $1) } == 0
        try #require(isBound && listen(listener.descriptor, 16) == 0)
        return listener
    }

    /// Binds it to a free port and returns the port.
    func bindToFreePort(listening: Bool) throws -> UInt16 {
        try #require(Self.withAddress(port: 0) { bind(descriptor, $0, $1) } == 0)
        if listening { try #require(listen(descriptor, 16) == 0) }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        try #require(result == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    /// Connects, and returns the errno: 0 when it stands, ETIMEDOUT when nothing came in time.
    func connect(
        to port: UInt16, at address: UInt32 = loopback, within milliseconds: Int32
    ) -> Int32 {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let result = Self.withAddress(address, port: port) { Glibc.connect(descriptor, $0, $1) }
        if result == 0 { return 0 }
        guard errno == EINPROGRESS else { return errno }
        guard wait(POLLOUT, milliseconds) else { return ETIMEDOUT }
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        return failure
    }

    /// Takes a connection that waits; nil when none comes in time.
    func accept(within milliseconds: Int32) -> NamespaceSocket? {
        guard wait(POLLIN, milliseconds) else { return nil }
        let number = Glibc.accept(descriptor, nil, nil)
        return number < 0 ? nil : NamespaceSocket(descriptor: number)
    }

    /// Sends one byte, and returns the errno: 0 when it was taken.
    func sendByte() -> Int32 {
        var byte: UInt8 = 7
        return send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 ? 0 : errno
    }

    /// Sends one byte to a port by UDP, and returns the errno: 0 when it was taken.
    func sendByte(to port: UInt16) -> Int32 {
        var byte: UInt8 = 7
        let sent = Self.withAddress(port: port) { sendto(descriptor, &byte, 1, 0, $0, $1) }
        return sent == 1 ? 0 : errno
    }

    /// Whether a byte comes in time.
    func receivesByte(within milliseconds: Int32) -> Bool {
        var byte: UInt8 = 0
        return wait(POLLIN, milliseconds) && recv(descriptor, &byte, 1, 0) == 1
    }

    private func wait(_ events: Int32, _ milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&entry, 1, milliseconds) == 1
    }

    private static func withAddress<Result>(
        _ host: UInt32 = loopback, port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
