import Dispatch
import Foundation
import Glibc

/// A client of one request a connection, with a bound on every wait.
struct ConsoleClient {
    struct Answer {
        var status: Int
        /// Lower-case names.
        var headers: [String: String]
        var body: String

        /// The session that a login began, as a cookie to send back.
        var cookie: String? {
            headers["set-cookie"].map { String($0.prefix { $0 != ";" }) }
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let port: Int

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers, "")
    }

    func post(
        _ path: String, _ body: String = "", _ headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send("POST", path, headers, body)
    }

    func send(
        _ method: String, _ path: String, _ headers: [String: String], _ body: String
    ) async throws -> Answer {
        var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"]
        lines.append("Content-Length: \(body.utf8.count)")
        if headers["Host"] == nil { lines.append("Host: 127.0.0.1:\(port)") }
        lines += headers.map { "\($0.key): \($0.value)" }
        let request = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
        let port = self.port
        // The sockets block: not on a thread that the server runs on.
        let bytes = try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async {
                done.resume(with: Result { try Self.exchange(request, port: port) })
            }
        }
        return try Self.parse(String(decoding: bytes, as: UTF8.self))
    }

    private static func exchange(_ request: String, port: Int) throws -> [UInt8] {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var bound = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(description: "cannot connect to \(port)") }
        let text = Array(request.utf8)
        guard Glibc.send(socket, text, text.count, Int32(MSG_NOSIGNAL)) == text.count
        else { throw Failure(description: "cannot send") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    private static func parse(_ text: String) throws -> Answer {
        guard let end = text.range(of: "\r\n\r\n") else {
            throw Failure(description: "no answer: \(text.prefix(200))")
        }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Failure(description: "no status: \(lines)") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, headers: headers, body: String(text[end.upperBound...]))
    }
}
