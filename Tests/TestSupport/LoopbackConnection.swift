import Glibc
public import Kernel

/// A listener on loopback and one connection to it, both of this process.
public final class LoopbackConnection: Sendable {
    public let listener: Descriptor
    /// The accepted end.
    public let server: Descriptor
    /// The end that connected.
    public let client: Descriptor
    /// The port that the listener is on.
    public let port: UInt16

    /// Listens on a free port and connects to it; throws ``KernelError``.
    public init() throws {
        listener = try Self.socket()
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try Self.check(
            "bind",
            withUnsafePointer(to: &address) { [listener] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener.number, $0, length)
                }
            })
        try Self.check("listen", listen(listener.number, 1))
        _ = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(listener.number, $0, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        client = try Self.socket()
        try Self.check(
            "connect",
            withUnsafePointer(to: &address) { [client] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(client.number, $0, length)
                }
            })
        let accepted = accept(listener.number, nil, nil)
        try Self.check("accept", accepted)
        server = Descriptor(accepted)
    }

    /// The errno that a read ends with; nil when it brings bytes or an orderly end.
    public static func failure(reading descriptor: Descriptor) -> Int32? {
        var byte: UInt8 = 0
        return recv(descriptor.number, &byte, 1, Int32(MSG_DONTWAIT)) < 0 ? errno : nil
    }

    private static func socket() throws -> Descriptor {
        let number = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try check("socket", number)
        return Descriptor(number)
    }

    private static func check(_ call: String, _ result: Int32) throws {
        guard result >= 0 else {
            throw KernelError(call: call, object: "loopback", reason: .errno(errno))
        }
    }
}
