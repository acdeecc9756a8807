import Foundation
import Glibc
import Testing

/// A TCP connection that sends what it likes and reads only when it is asked to.
final class RawClient {
    private let socket: Int32
    private(set) var received: [UInt8] = []
    private var repeated = 0

    /// Connects to a port of this host; a small receive buffer makes a client that never reads.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(socket >= 0)
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let connected = withUnsafeBytes(of: &address) { bytes in
            connect(
                socket, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(bytes.count))
        }
        try #require(connected == 0)
    }

    deinit { close(socket) }

    /// Sends without waiting; false when the server has closed, or does not read either.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool {
        let content = Array(bytes)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return Glibc.send(socket, content, content.count, flags) == content.count
    }

    /// Sends the same bytes over and over, until no more fit; gives how many went.
    func fill(with bytes: [UInt8]) -> Int {
        var total = 0
        while true {
            let rest = Array(bytes[(repeated % bytes.count)...])
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = Glibc.send(socket, rest, rest.count, flags)
            guard count > 0 else { return total }
            total += count
            repeated += count
        }
    }

    /// Says that nothing more will be sent, and goes on listening.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// Closes the connection with a reset instead of an end (socket(7), SO_LINGER).
    func breakOff() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Takes in what has arrived; true when the server has closed the connection.
    func hasBeenClosed() -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &part, part.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                received += part[..<count]
            } else if count < 0, errno == EINTR {
                continue
            } else {
                return count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)
            }
        }
    }

    /// The status of the first answer.
    var status: Int? {
        Int(String(decoding: received.dropFirst("HTTP/1.1 ".count).prefix(3), as: UTF8.self))
    }
}

/// How many descriptors this process has open (proc(5), `/proc/self/fd`).
func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? .max
}
