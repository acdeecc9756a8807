import Glibc

/// Numbered UDP datagrams from a socket of this process to another one of it (udp(7)).
///
/// The kernel stamps each arrival (SO_TIMESTAMPNS, socket(7)), so that its time does not depend on
/// when this process reads it. Nothing blocks. Times are nanoseconds of CLOCK_REALTIME, the clock of
/// the stamps.
public final class DatagramFlow: Sendable {
    /// One datagram that arrived.
    public struct Arrival: Sendable, Hashable {
        public var number: UInt64
        public var sentAt: Int64
        public var receivedAt: Int64
        /// The payload's size.
        public var bytes: Int

        public init(number: UInt64, sentAt: Int64, receivedAt: Int64, bytes: Int) {
            self.number = number
            self.sentAt = sentAt
            self.receivedAt = receivedAt
            self.bytes = bytes
        }
    }

    /// The smallest payload: a mark, the number and the time of sending.
    public static let smallest = 24
    public static let largest = 8192

    public let source: SocketEndpoint
    public let destination: SocketEndpoint
    private let sender: Descriptor
    private let receiver: Descriptor
    /// Tells this flow's datagrams from what strangers may send to the port.
    private let mark: UInt64

    /// Opens both sockets on free ports of IPv4 addresses of the host, in a network namespace.
    ///
    /// - Parameter namespace: a descriptor of a network namespace; nil for the calling thread's.
    public init(
        from source: [UInt8], to destination: [UInt8], namespace: Int32? = nil
    ) throws(KernelError) {
        let opened = try NetworkNamespaces.inside(namespace) {
            () -> Result<[(Descriptor, SocketEndpoint)], KernelError> in
            do throws(KernelError) {
                return .success([try Self.open(at: destination), try Self.open(at: source)])
            } catch {
                return .failure(error)
            }
        }
        let sockets = try opened.get()
        (receiver, self.destination) = sockets[0]
        (sender, self.source) = sockets[1]
        mark = UInt64.random(in: .min ... .max)
        var on: Int32 = 1
        setsockopt(
            receiver.number, SOL_SOCKET, SO_TIMESTAMPNS, &on, socklen_t(MemoryLayout<Int32>.size))
        Self.enlarge(receiver, [SO_RCVBUF, SO_RCVBUFFORCE])
        // What waits in a queue of the path is the sender's until it has left.
        Self.enlarge(sender, [SO_SNDBUF, SO_SNDBUFFORCE])
        var address = Self.address(self.destination)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(sender.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw KernelError(
                call: "connect", object: "\(self.destination)", reason: .errno(errno))
        }
    }

    /// Sends one datagram with a payload of `bytes`; returns when it was sent, or nil.
    ///
    /// Nil means that the kernel did not take it: its queue is full, or a filter refused it.
    public func send(number: UInt64, bytes: Int) -> Int64? {
        var payload = nativeBytes(mark, number)
        let sentAt = Self.now
        payload += nativeBytes(sentAt)
        payload += Array(
            repeating: 0, count: max(0, min(bytes, Self.largest) - Self.smallest))
        let sent = Glibc.send(sender.number, payload, payload.count, Int32(MSG_DONTWAIT))
        return sent == payload.count ? sentAt : nil
    }

    /// Takes everything that has arrived since the last call, in the order of arrival.
    public func arrivals() -> [Arrival] {
        var arrivals: [Arrival] = []
        var buffer = [UInt8](repeating: 0, count: Self.largest)
        var control = [UInt8](repeating: 0, count: 128)
        while let (size, stamp) = receive(&buffer, &control) {
            let payload = buffer[..<size]
            guard let mark = payload.integer(at: 0, as: UInt64.self), mark == self.mark,
                let number = payload.integer(at: 8, as: UInt64.self),
                let sentAt = payload.integer(at: 16, as: Int64.self)
            else { continue }
            arrivals.append(
                Arrival(
                    number: number, sentAt: sentAt, receivedAt: stamp ?? Self.now, bytes: size))
        }
        return arrivals
    }

    /// One datagram's size and stamp; nil when none waits.
    private func receive(_ buffer: inout [UInt8], _ control: inout [UInt8]) -> (Int, Int64?)? {
        buffer.withUnsafeMutableBytes { buffer in
            control.withUnsafeMutableBytes { control in
                var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                return withUnsafeMutablePointer(to: &vector) { vector -> (Int, Int64?)? in
                    var header = msghdr()
                    header.msg_iov = vector
                    header.msg_iovlen = 1
                    header.msg_control = control.baseAddress
                    header.msg_controllen = control.count
                    let size = recvmsg(receiver.number, &header, Int32(MSG_DONTWAIT))
                    guard size >= 0 else { return nil }
                    let filled = Array(control.prefix(Int(header.msg_controllen)))
                    return (size, Self.stamp(in: filled[...]))
                }
            }
        }
    }

    /// The time in a message of SCM_TIMESTAMPNS (cmsg(3)): length, level, type, `struct timespec`.
    static func stamp(in control: ArraySlice<UInt8>) -> Int64? {
        guard let level = control.integer(at: 8, as: Int32.self), level == SOL_SOCKET,
            let type = control.integer(at: 12, as: Int32.self), type == SO_TIMESTAMPNS,
            let seconds = control.integer(at: 16, as: Int64.self),
            let nanoseconds = control.integer(at: 24, as: Int64.self)
        else { return nil }
        return seconds * 1_000_000_000 + nanoseconds
    }

    /// Best effort: without CAP_NET_ADMIN up to net.core.rmem_max and net.core.wmem_max.
    private static func enlarge(_ descriptor: Descriptor, _ options: [Int32]) {
        var size: Int32 = 4 << 20
        for option in options {
            setsockopt(
                descriptor.number, SOL_SOCKET, option, &size,
                socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func address(_ endpoint: SocketEndpoint) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = endpoint.port.bigEndian
        withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: endpoint.address) }
        return address
    }

    private static func open(
        at bytes: [UInt8]
    ) throws(KernelError) -> (Descriptor, SocketEndpoint) {
        var endpoint = SocketEndpoint(address: bytes, port: 0)
        guard bytes.count == 4 else {
            throw KernelError(
                call: "bind", object: "\(endpoint)", reason: .refused("it is no IPv4 address"))
        }
        let number = socket(
            AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else {
            throw KernelError(call: "socket", object: "UDP", reason: .errno(errno))
        }
        let descriptor = Descriptor(number)
        var address = address(endpoint)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 ? getsockname(number, $0, &length) : -1
            }
        }
        guard result == 0 else {
            throw KernelError(call: "bind", object: "\(endpoint)", reason: .errno(errno))
        }
        endpoint.port = UInt16(bigEndian: address.sin_port)
        return (descriptor, endpoint)
    }
}
