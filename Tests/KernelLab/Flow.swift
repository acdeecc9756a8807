import Glibc
import Kernel

/// A TCP connection of which this process has both ends, and so sees each direction by itself.
///
/// Messages are numbered: one that comes late is not taken for its successor.
final class Flow {
    enum Direction { case toServer, toClient }

    /// The port of the server's end.
    let port: UInt16
    private let client: Descriptor
    private let server: Descriptor
    private var sent: UInt64 = 0

    /// Connects; the server listens at `address`, `::1` or `10.0.0.2`, on a port the kernel chooses.
    init(
        to address: String = "127.0.0.1", from clientSide: NetworkNamespace? = nil,
        serverSide: NetworkNamespace? = nil
    ) throws {
        var place = SocketAddress(address)
        let listener = try NetworkNamespace.inside(serverSide) { try Self.socket(place) }
        try place.check(bind: listener)
        try Self.check(listen(listener.number, 1), "listen", address)
        port = place.port
        client = try NetworkNamespace.inside(clientSide) { try Self.socket(place) }
        // The kernel completes the handshake before anybody accepts.
        try place.check(connect: client)
        server = Descriptor(accept(listener.number, nil, nil))
        try Self.check(server.number, "accept", address)
        try Self.bound(server)
    }

    /// Sends a message and waits until it arrives; nil when it does not within `limit`.
    func transit(_ direction: Direction = .toServer, limit: Duration = .seconds(20)) throws
        -> Duration?
    {
        let start = ContinuousClock.now
        let number = try send(direction)
        guard try arrives(number, direction, limit: limit) else { return nil }
        return start.duration(to: .now)
    }

    /// The median over some messages, one after the other.
    func median(of count: Int = 5, _ direction: Direction = .toServer) throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<count {
            guard let time = try transit(direction) else {
                throw KernelError(
                    call: "recv", object: "port \(port)", reason: .errno(ETIMEDOUT))
            }
            times.append(time)
        }
        return times.sorted()[count / 2]
    }

    /// Sends a message and returns its number.
    func send(_ direction: Direction = .toServer) throws -> UInt64 {
        sent += 1
        var number = sent
        let end = direction == .toServer ? client : server
        let count = Glibc.send(end.number, &number, 8, Int32(MSG_NOSIGNAL))
        try Self.check(count == 8 ? 0 : -1, "send", "port \(port)")
        return number
    }

    /// Whether a message with this number arrives within a time; those before it are passed over.
    func arrives(_ number: UInt64, _ direction: Direction = .toServer, limit: Duration) throws
        -> Bool
    {
        let end = direction == .toServer ? server : client
        let deadline = ContinuousClock.now + limit
        while true {
            var received: UInt64 = 0
            let count = recv(end.number, &received, 8, Int32(MSG_WAITALL))
            if count == 8 && received == number { return true }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
                throw KernelError(call: "recv", object: "port \(port)", reason: .errno(errno))
            }
            if ContinuousClock.now >= deadline { return false }
        }
    }

    private static func socket(_ address: SocketAddress) throws -> Descriptor {
        let number = Glibc.socket(
            Int32(address.family), Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try check(number, "socket", "TCP")
        let descriptor = Descriptor(number)
        try bound(descriptor)
        return descriptor
    }

    /// No call waits for more than 20 ms at a time, and nothing waits to be sent together.
    private static func bound(_ descriptor: Descriptor) throws {
        var wait = timeval(tv_sec: 0, tv_usec: 20_000)
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<timeval>.size)
        try check(
            setsockopt(descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &wait, size), "setsockopt",
            "SO_RCVTIMEO")
        try check(
            setsockopt(descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4), "setsockopt",
            "TCP_NODELAY")
    }

    fileprivate static func check(_ result: Int32, _ call: String, _ object: String) throws {
        guard result >= 0 else {
            throw KernelError(call: call, object: object, reason: .errno(errno))
        }
    }
}
