private import CNetlink
import Glibc

/// A netlink socket (netlink(7)), by libnl; stays in the network namespace it was opened in.
///
/// Synchronous: an answer takes microseconds, and waiting for one is bounded by two seconds. For
/// one thread at a time.
public struct NetlinkSocket: ~Copyable {
    let socket: OpaquePointer

    /// Opens a socket in the calling thread's network namespace, or in that of `namespace`.
    ///
    /// - Parameter family: what the kernel is asked about; the default is routing and queueing.
    /// - Parameter namespace: a descriptor of a network namespace (`/proc/PID/ns/net`). The thread
    ///   is inside it only during this call, which does not suspend.
    public init(
        _ family: NetlinkFamily = .route, namespace: Int32? = nil
    ) throws(KernelError) {
        socket = try Self.connect(family, namespace)
    }

    deinit { nl_socket_free(socket) }

    /// Sends a request and waits for the kernel's acknowledgement; throws its errno.
    func request(_ message: borrowing NetlinkMessage, object: String) throws(KernelError) {
        _ = try exchange(message, flags: NLM_F_ACK, object: object)
    }

    /// Sends a request and returns what the kernel had against it, or nil.
    func failure(of message: borrowing NetlinkMessage, object: String) -> KernelError? {
        do {
            try request(message, object: object)
            return nil
        } catch {
            return error
        }
    }

    /// Sends a dump request and returns the payloads of all answers.
    func dump(
        _ message: borrowing NetlinkMessage, object: String
    ) throws(KernelError) -> [ArraySlice<UInt8>] {
        try exchange(message, flags: NLM_F_ROOT | NLM_F_MATCH, object: object)
    }

    /// Sends a request and returns the payloads of what is answered, up to the acknowledgement.
    func exchange(
        _ message: borrowing NetlinkMessage, flags: Int32, object: String
    ) throws(KernelError) -> [ArraySlice<UInt8>] {
        let (sent, sequence) = message.withMessage { message in
            nlmsg_hdr(message).pointee.nlmsg_flags |= UInt16(flags | NLM_F_REQUEST)
            nl_complete_msg(socket, message)
            return (nl_send(socket, message), nlmsg_hdr(message).pointee.nlmsg_seq)
        }
        guard sent >= 0 else {
            throw KernelError(
                call: "nl_send", object: object,
                reason: .netlink(sent, text: String(cString: nl_geterror(sent))))
        }
        var payloads: [ArraySlice<UInt8>] = []
        while true {
            for answer in NetlinkAnswer.parse(try receive(object)) where answer.sequence == sequence
            {
                switch answer.content {
                case .payload(let payload): payloads.append(payload)
                case .end: return payloads
                case .failure(let number):
                    throw KernelError(call: "netlink", object: object, reason: .errno(number))
                }
            }
        }
    }

    /// The next datagram from the kernel; throws ETIMEDOUT after two seconds.
    func receive(_ object: String) throws(KernelError) -> [UInt8] {
        var sender = sockaddr_nl()
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = nl_recv(socket, &sender, &buffer, nil)
        defer { free(buffer) }
        // nl_recv answers 0 when the wait was cut off by SO_RCVTIMEO.
        guard count > 0, let buffer else {
            throw KernelError(
                call: "nl_recv", object: object,
                reason: count == 0
                    ? .errno(ETIMEDOUT)
                    : .netlink(count, text: String(cString: nl_geterror(count))))
        }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
    }

    private static func connect(
        _ family: NetlinkFamily, _ namespace: Int32?
    ) throws(KernelError) -> OpaquePointer {
        guard let socket = nl_socket_alloc() else {
            throw KernelError(call: "nl_socket_alloc", object: "", reason: .errno(ENOMEM))
        }
        let result: Int32
        do {
            result = try NetworkNamespaces.inside(namespace) { nl_connect(socket, family.number) }
        } catch {
            nl_socket_free(socket)
            throw error
        }
        guard result == 0 else {
            nl_socket_free(socket)
            throw KernelError(
                call: "nl_connect", object: family.name,
                reason: .netlink(result, text: String(cString: nl_geterror(result))))
        }
        var bound = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(
            nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &bound,
            socklen_t(MemoryLayout<timeval>.size))
        return socket
    }
}

/// One message the kernel sent.
struct NetlinkAnswer {
    enum Content {
        case payload(ArraySlice<UInt8>)
        case end
        case failure(Int32)
    }

    var sequence: UInt32
    var content: Content

    /// Parses a datagram, which may hold several messages.
    static func parse(_ bytes: [UInt8]) -> [NetlinkAnswer] {
        var answers: [NetlinkAnswer] = []
        var rest = bytes[...]
        while let length = rest.integer(at: 0, as: UInt32.self),
            let type = rest.integer(at: 4, as: UInt16.self),
            let sequence = rest.integer(at: 8, as: UInt32.self),
            length >= 16, length <= rest.count
        {
            let payload = rest.dropFirst(16).prefix(Int(length) - 16)
            answers.append(NetlinkAnswer(sequence: sequence, content: content(type, payload)))
            rest = rest.dropFirst((Int(length) + 3) & ~3)
        }
        return answers
    }

    private static func content(_ type: UInt16, _ payload: ArraySlice<UInt8>) -> Content {
        switch Int32(type) {
        case NLMSG_DONE: return .end
        case NLMSG_ERROR:
            let number = payload.integer(at: 0, as: Int32.self) ?? 0
            return number == 0 ? .end : .failure(-number)
        default: return .payload(payload)
        }
    }
}
