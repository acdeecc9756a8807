import Foundation
import Glibc
import Kernel
import Testing

/// As much of HTTP as a test on loopback needs, with a bound of 20 s for every wait.
enum LoopbackHTTP {
    /// A request or an answer.
    struct Message {
        var firstLine: String
        /// By their names in small letters.
        var fields: [String: String]
        var body: Data

        /// The status of an answer.
        var status: Int? { firstLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Sends a request and returns the answer.
    static func request(
        _ method: String, _ path: String, port: UInt16, token: String? = nil, body: String = ""
    ) throws -> Message {
        let connection = Descriptor(
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0, "\(String(cString: strerror(errno)))")
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        send(
            """
            \(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(authorization)\
            Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
            """, to: connection)
        return try #require(message(from: connection), "no answer to \(method) \(path)")
    }

    /// The next message of a connection; nil when it does not come whole.
    static func message(from connection: Descriptor) -> Message? {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            connection.number, SOL_SOCKET, SO_RCVTIMEO, &limit,
            socklen_t(MemoryLayout<timeval>.size))
        var data = Data()
        let blank = Data("\r\n\r\n".utf8)
        while true {
            if let end = data.range(of: blank) {
                let head = parse(String(decoding: data[..<end.lowerBound], as: UTF8.self))
                let length = head.fields["content-length"].flatMap { Int($0) }
                let body = data[end.upperBound...]
                if let length, body.count >= length {
                    return Message(firstLine: head.line, fields: head.fields, body: Data(body))
                }
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(connection.number, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            data.append(contentsOf: buffer[..<count])
        }
    }

    private static func parse(_ head: String) -> (line: String, fields: [String: String]) {
        var lines = head.components(separatedBy: "\r\n")
        let first = lines.isEmpty ? "" : lines.removeFirst()
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        return (first, fields)
    }

    static func send(_ text: String, to connection: Descriptor) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(
                    connection.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
