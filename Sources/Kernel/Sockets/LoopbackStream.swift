import Glibc

/// TCP connections to this host itself.
public enum LoopbackStream {
    /// Begins a connection to a port of 127.0.0.1 and does not wait for it.
    ///
    /// It lasts as long as the descriptor. Throws ``KernelError`` when it is refused at once.
    public static func begin(port: Int) throws(KernelError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else {
            throw KernelError(call: "socket", object: "TCP", reason: .errno(errno))
        }
        let descriptor = Descriptor(number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            throw KernelError(call: "connect", object: "127.0.0.1:\(port)", reason: .errno(errno))
        }
        return descriptor
    }
}
