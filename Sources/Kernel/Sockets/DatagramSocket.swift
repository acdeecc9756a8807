import Glibc

/// A UDP socket of IPv4, bound to an address of this host, that never waits (udp(7)).
///
/// Datagrams go out without a checksum, so that damage done to them on the way arrives.
public final class DatagramSocket: Sendable {
    /// The free port that the kernel chose.
    public let port: UInt16
    private let descriptor: Descriptor

    /// Binds to an address in dotted notation; asks for room for `buffer` bytes each way.
    ///
    /// Without CAP_NET_ADMIN the kernel gives no more room than net.core.rmem_max and net.core.wmem_max.
    public init(address: String, buffer: Int32 = 8 << 20) throws(KernelError) {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | UInt32(Self.flags)), 0)
        guard number >= 0 else {
            throw KernelError(call: "socket", object: "UDP", reason: .errno(errno))
        }
        descriptor = Descriptor(number)
        var own = try Self.socketAddress(address, port: 0)
        let bound = withUnsafePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else {
            throw KernelError(call: "bind", object: address, reason: .errno(errno))
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(number, $0, &length)
            }
        }
        guard named == 0 else {
            throw KernelError(call: "getsockname", object: address, reason: .errno(errno))
        }
        port = UInt16(bigEndian: own.sin_port)
        set(SO_NO_CHECK, 1)
        set(SO_RCVBUF, buffer)
        set(SO_RCVBUFFORCE, buffer)
        // What waits for a slot of netem's is the sender's until it leaves.
        set(SO_SNDBUF, buffer)
        set(SO_SNDBUFFORCE, buffer)
    }

    /// Sends a datagram; false when the kernel has no room for it now.
    public func send(
        _ bytes: [UInt8], to address: String, port: UInt16
    ) throws(KernelError) -> Bool {
        var peer = try Self.socketAddress(address, port: port)
        let sent = withUnsafePointer(to: &peer) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor.number, bytes, bytes.count, 0, $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if sent >= 0 { return true }
        guard [EAGAIN, ENOBUFS, EINTR].contains(errno) else {
            throw KernelError(call: "sendto", object: "\(address):\(port)", reason: .errno(errno))
        }
        return false
    }

    /// The next datagram that has arrived, at most 2 KiB of it; nil when there is none.
    public func receive() throws(KernelError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = recv(descriptor.number, &buffer, buffer.count, 0)
        if count >= 0 { return Array(buffer[..<count]) }
        guard [EAGAIN, EINTR].contains(errno) else {
            throw KernelError(call: "recv", object: "UDP port \(port)", reason: .errno(errno))
        }
        return nil
    }

    private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    private func set(_ option: Int32, _ value: Int32) {
        var value = value
        // Each is a wish: without it the socket works, with less room or with checksums.
        setsockopt(
            descriptor.number, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func socketAddress(
        _ address: String, port: UInt16
    ) throws(KernelError) -> sockaddr_in {
        var result = sockaddr_in()
        result.sin_family = sa_family_t(AF_INET)
        result.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &result.sin_addr) == 1 else {
            throw KernelError(
                call: "inet_pton", object: address, reason: .refused("it is no IPv4 address"))
        }
        return result
    }
}
