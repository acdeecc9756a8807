import NIOCore
import NIOHTTP1
import Testing

@testable import ReferenceQueue

@Suite("Enqueue's shortcut past the router", .serialized)
struct EnqueueShortcutTests {
    private static func request(_ method: String, _ path: String, _ body: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func enqueue(_ body: String) -> String {
        request("POST", "/v1/queues/jobs/messages", body)
    }

    private static func answers(_ client: RawClient) -> [Substring] {
        String(decoding: client.received, as: UTF8.self).split(separator: "HTTP/1.1 ")
    }

    @Test("Answers come in the order of requests, whoever answers them")
    func order() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            let look = Self.request("GET", "/v1/queues/jobs")
            let message = Self.enqueue(#"{"body":"x","idempotency_key":"k"}"#)
            let requests = [look, message, message, look, Self.enqueue("{"), message, look]
            client.send(requests.joined().utf8)
            #expect(
                await eventually {
                    _ = client.hasBeenClosed()
                    return Self.answers(client).count == requests.count
                        && Self.answers(client).last?.hasSuffix("}") == true
                })
            let answers = Self.answers(client)
            #expect(
                answers.map { $0.prefix(3) } == ["200", "201", "201", "200", "400", "201", "200"])
            #expect(answers[0].contains(#""ready":0"#))
            #expect(answers[1].contains(#""duplicate":false"#))
            #expect(answers[2].contains(#""duplicate":true"#))
            #expect(answers[3].contains(#""ready":1"#))
            #expect(answers[6].contains(#""ready":1"#))
        }
    }

    @Test("Junk is answered after the requests before it")
    func junkLast() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send((Self.enqueue(#"{"body":"x"}"#) + "no request\r\n\r\n").utf8)
            #expect(await eventually { client.hasBeenClosed() })
            #expect(Self.answers(client).map { $0.prefix(3) } == ["201", "400"])
        }
    }

    @Test("A client that sends no more still gets its answer")
    func halfClosed() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send(Self.enqueue(#"{"body":"x"}"#).utf8)
            client.finish()
            #expect(await eventually { client.hasBeenClosed() })
            #expect(client.status == 201)
        }
    }

    @Test("A request may arrive in pieces")
    func pieces() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            for byte in Self.enqueue(#"{"body":"in pieces"}"#).utf8 {
                client.send([byte])
                await Task.yield()
            }
            #expect(
                await eventually {
                    _ = client.hasBeenClosed()
                    return client.status == 201
                })
        }
    }

    @Test("A connection is closed once it has been idle, not before")
    func idle() async throws {
        try await withServer({ $0.limits.idleTime = .milliseconds(800) }) { _, port in
            let client = try RawClient(port: port)
            let start = ContinuousClock.now
            client.send(Self.enqueue(#"{"body":"x"}"#).utf8)
            #expect(await eventually { client.hasBeenClosed() })
            #expect(ContinuousClock.now - start >= .milliseconds(800))
            #expect(client.status == 201)
        }
    }

    @Test(
        "Only what needs nothing of the router is taken",
        arguments: [
            ("/v1/queues/jobs/messages", [("content-length", "9")], true),
            (
                "/v1/queues/jobs/messages", [("Content-Length", "9"), ("Connection", "Close")],
                false
            ),
            (
                "/v1/queues/jobs/messages", [("Content-Length", "9"), ("Expect", "100-continue")],
                false
            ),
            ("/v1/queues/jobs/messages", [("Transfer-Encoding", "chunked")], false),
            ("/v1/queues/jobs/messages", [("Content-Length", "65536")], true),
            ("/v1/queues/jobs/messages", [("Content-Length", "65537")], false),
            ("/v1/queues/jobs/messages", [], false),
            ("/v1/queues/jo%62s/messages", [("Content-Length", "9")], false),
            ("/v1/queues//messages", [("Content-Length", "9")], false),
            ("/v1/queues/messages", [("Content-Length", "9")], false),
            ("/v1/queues/jobs/messages?x=1", [("Content-Length", "9")], false),
        ])
    func taken(path: String, headers: [(String, String)], isTaken: Bool) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path, headers: HTTPHeaders(headers))
        let request = EnqueueRequest(head, limits: RequestLimits())
        #expect((request?.queue == "jobs") == isTaken)
        #expect((request == nil) == !isTaken)
    }

    @Test("The date is that of RFC 9110")
    func date() {
        var date = HTTPDate()
        #expect(date.text(at: 784_111_777_999) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date.text(at: 784_111_778_000) == "Sun, 06 Nov 1994 08:49:38 GMT")
    }
}
