import Glibc
import Kernel

/// Numbered UDP datagrams over the loopback interface, from one socket of this process to another.
///
/// Without checksums, so that damaged ones arrive as well.
final class DatagramFlow {
    /// One datagram as it arrived.
    struct Arrival {
        var number: Int
        /// From the send to the receive.
        var transit: Duration
        var receivedAt: ContinuousClock.Instant
        /// How long nobody had looked when it was received: its transit may be as much shorter.
        var slack: Duration
        /// How many bits of the payload are not as they were sent.
        var flippedBits: Int
    }

    /// The port it goes to.
    let port: UInt16
    private let sender: Descriptor
    private let receiver: Descriptor
    private let size: Int
    private var sentAt: [ContinuousClock.Instant] = []
    private var lastLook = ContinuousClock.now

    /// - Parameters:
    ///   - size: bytes of the payload, a multiple of 8, at least 16.
    ///   - knowsCongestion: whether the packets say that they know ECN (ECT(0) of RFC 3168).
    init(to address: String = "127.0.0.1", size: Int = 64, knowsCongestion: Bool = false) throws {
        self.size = size
        var place = SocketAddress(address)
        receiver = try Self.socket(place, option: SO_RCVBUFFORCE, value: 64 << 20)
        try place.check(bind: receiver)
        port = place.port
        sender = try Self.socket(place, option: SO_NO_CHECK, value: 1)
        var buffer: Int32 = 64 << 20
        setsockopt(sender.number, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, 4)
        try place.check(connect: sender)
        if knowsCongestion {
            var field: Int32 = 2
            guard setsockopt(sender.number, Int32(IPPROTO_IP), IP_TOS, &field, 4) == 0 else {
                throw KernelError(call: "setsockopt", object: "IP_TOS", reason: .errno(errno))
            }
        }
    }

    /// Sends so many at once, and takes in what comes until `quiet` has passed without any.
    func exchange(_ count: Int, quiet: Duration) throws -> [Arrival] {
        let first = sentAt.count
        var arrivals: [Arrival] = []
        for _ in 0..<count {
            try send()
            while let arrival = receive() { arrivals.append(arrival) }
        }
        // Woken by what comes; a damaged datagram that says nothing counts as none.
        var last = ContinuousClock.now
        var left = quiet
        while left > .zero {
            // Brief waits, so that a look that comes late is known for it.
            waitForArrival(atMost: min(left, .milliseconds(5)))
            while let arrival = receive() {
                arrivals.append(arrival)
                last = .now
            }
            left = quiet - last.duration(to: .now)
        }
        return arrivals.filter { $0.number >= first }.map {
            var arrival = $0
            arrival.number -= first
            return arrival
        }
    }

    private func send() throws {
        let words = payload(sentAt.count)
        sentAt.append(.now)
        let count = words.withUnsafeBytes { Glibc.send(sender.number, $0.baseAddress, $0.count, 0) }
        guard count == size else {
            throw KernelError(call: "send", object: "port \(port)", reason: .errno(errno))
        }
    }

    /// The number in every word, so that it survives the loss of one bit.
    private func payload(_ number: Int) -> [UInt64] {
        Array(repeating: UInt64(number), count: size / 8)
    }

    /// Waits until something has come, at most for `bound`.
    private func waitForArrival(atMost bound: Duration) {
        var entry = pollfd(fd: receiver.number, events: Int16(POLLIN), revents: 0)
        // Rounded up: a wait of nothing would make the last millisecond a hot loop.
        _ = poll(&entry, 1, Int32(clamping: Int64(bound / .milliseconds(1)) + 1))
    }

    private func receive() -> Arrival? {
        var words = [UInt64](repeating: 0, count: size / 8)
        let count = words.withUnsafeMutableBytes {
            recv(receiver.number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        let now = ContinuousClock.now
        guard count == size else {
            lastLook = now
            return nil
        }
        // Of three words at most one is damaged.
        let number = words[0] == words[1] ? words[0] : words[words.count - 1]
        guard let sent = sentAt.indices.contains(Int(clamping: number)) ? Int(number) : nil else {
            return nil
        }
        return Arrival(
            number: sent, transit: sentAt[sent].duration(to: now), receivedAt: now,
            slack: max(lastLook, sentAt[sent]).duration(to: now),
            flippedBits: words.reduce(0) { $0 + ($1 ^ number).nonzeroBitCount })
    }

    private static func socket(
        _ address: SocketAddress, option: Int32, value: Int32
    ) throws -> Descriptor {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(Int32(address.family), type, 0)
        guard number >= 0 else {
            throw KernelError(call: "socket", object: "UDP", reason: .errno(errno))
        }
        let descriptor = Descriptor(number)
        var value = value
        guard setsockopt(number, SOL_SOCKET, option, &value, 4) == 0 else {
            throw KernelError(call: "setsockopt", object: "\(option)", reason: .errno(errno))
        }
        return descriptor
    }
}
