import Glibc
import Kernel

/// An IPv4 or IPv6 address with a port, as the socket calls want it.
struct SocketAddress {
    private(set) var port: UInt16 = 0
    private let text: String
    private var storage = sockaddr_storage()

    var family: sa_family_t { storage.ss_family }

    init(_ text: String) {
        self.text = text
        storage.ss_family = sa_family_t(text.contains(":") ? AF_INET6 : AF_INET)
        withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                if $0.pointee.sin_family == sa_family_t(AF_INET) {
                    inet_pton(AF_INET, text, &$0.pointee.sin_addr)
                }
            }
            storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                if $0.pointee.sin6_family == sa_family_t(AF_INET6) {
                    inet_pton(AF_INET6, text, &$0.pointee.sin6_addr)
                }
            }
        }
    }

    /// Binds a socket and learns the port the kernel chose.
    mutating func check(bind socket: Descriptor) throws {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.number, $0, length) == 0 ? getsockname(socket.number, $0, &length) : -1
            }
        }
        guard result == 0 else {
            throw KernelError(call: "bind", object: text, reason: .errno(errno))
        }
        // The port has the same place in both kinds of address.
        port = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }

    func check(connect socket: Descriptor) throws {
        let result = withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_storage>.size))
            }
        }
        guard result == 0 else {
            throw KernelError(
                call: "connect", object: "\(text) port \(port)", reason: .errno(errno))
        }
    }
}
