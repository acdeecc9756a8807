import Foundation
import Glibc
import Kernel
import Synchronization
import Testing

/// A server on loopback that takes what a webhook gets, and answers 200.
final class AlertReceiver: Sendable {
    /// One delivery of an alert.
    struct Alert: Sendable {
        /// `alert.failed`.
        var type: String
        var playbook: String
        var sentence: String
        /// What tells a repeated delivery from another one.
        var key: String
    }

    private struct Document: Decodable {
        struct Data: Decodable {
            var sentence: String
            var playbook: String
        }

        var type: String
        var data: Data
    }

    private let listener: Descriptor
    private let taken = Mutex<[Alert]>([])
    private let isOver = Atomic(false)
    let port: UInt16

    init() throws {
        listener = Descriptor(
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = listener.number
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && listen(number, 16) == 0
                    && getsockname(number, $0, &length) == 0
            }
        }
        try #require(found)
        port = UInt16(bigEndian: address.sin_port)
        let server = self
        Thread.detachNewThread { server.serve() }
    }

    /// What was delivered, each key once, in the order of the first deliveries.
    var alerts: [Alert] {
        var seen: Set<String> = []
        return taken.withLock { $0 }.filter { seen.insert($0.key).inserted }
    }

    /// Waits until an alert of a kind has come; fails after 30 s.
    @discardableResult
    func waitFor(_ kind: String, of playbook: String) async throws -> Alert {
        for _ in 0..<1500 {
            if let found = alerts.first(where: {
                $0.type == "alert.\(kind)" && $0.playbook == playbook
            }) {
                return found
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try #require(nil, "no alert '\(kind)' of \(playbook) came, but \(alerts)")
    }

    /// Writes the configuration that sends every alert here, and returns its file.
    func configuration(in directory: String) throws -> String {
        let secret = "\(directory)/hook.secret"
        try "secret-of-the-tests".write(toFile: secret, atomically: true, encoding: .utf8)
        try #require(chmod(secret, 0o600) == 0)
        let file = "\(directory)/incidents.yaml"
        try """
        destinations:
          - name: hook
            webhook: http://127.0.0.1:\(port)/hook
            secret: { file: "\(secret)" }
        alerts:
          - on: [failed, missed, aborted, unmet, inconclusive, residual, recovered]
            to: [hook]
        """.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// Ends the server.
    func stop() {
        isOver.store(true, ordering: .relaxed)
        shutdown(listener.number, Int32(SHUT_RDWR))
    }

    private func serve() {
        while !isOver.load(ordering: .relaxed) {
            let accepted = accept(listener.number, nil, nil)
            guard accepted >= 0 else { return }
            let connection = Descriptor(accepted)
            if let request = LoopbackHTTP.message(from: connection) { take(request) }
            LoopbackHTTP.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                to: connection)
        }
    }

    private func take(_ request: LoopbackHTTP.Message) {
        guard let document = try? JSONDecoder().decode(Document.self, from: request.body) else {
            return
        }
        let alert = Alert(
            type: document.type, playbook: document.data.playbook,
            sentence: document.data.sentence, key: request.fields["idempotency-key"] ?? "")
        taken.withLock { $0.append(alert) }
    }
}
