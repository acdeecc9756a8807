import NIOCore
import NIOHTTP1
import Testing

@testable import ReferenceQueue

@Suite("The shortcut past the router", .serialized)
struct RouterShortcutTests {
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

    @Test("A request behind a consumer that waits is answered after it")
    func behindConsumer() async throws {
        try await withServer { link, port in
            let client = try RawClient(port: port)
            let reserve = Self.request("POST", "/v1/queues/jobs/reserve", #"{"wait_ms":60000}"#)
            client.send((reserve + Self.request("GET", "/v1/queues/jobs")).utf8)
            #expect(
                await eventually {
                    let metrics = try? await link.send(.GET, "/metrics", timeout: .seconds(5))
                    return String(buffer: metrics?.body ?? ByteBuffer())
                        .contains("refqueue_consumers_waiting 1\n")
                })
            #expect(!client.hasBeenClosed() && client.received.isEmpty)
            _ = try await post(link, "/v1/queues/jobs/messages", #"{"body":"here"}"#)
            #expect(
                await eventually {
                    _ = client.hasBeenClosed()
                    return Self.answers(client).last?.contains(#""leased":1"#) == true
                })
            #expect(Self.answers(client).first?.contains(#""body":"here""#) == true)
        }
    }

    /// A request with its body in chunks, which goes to the router.
    private static func chunked(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
    }

    @Test(
        "The router answers as the shortcut does",
        arguments: [
            ("/v1/queues/jobs/messages", #"{"body":"x","idempotency_key":"known"}"#, 201),
            (
                "/v1/queues/jobs/messages",
                #"{"messages":[{"body":"","idempotency_key":"known"}]}"#, 201
            ),
            ("/v1/queues/jobs/messages", #"{"body":1}"#, 400),
            ("/v1/queues/jobs/messages", "[", 400),
            ("/v1/queues/empty/reserve", "{}", 204),
            ("/v1/queues/empty/reserve", #"{"wait_ms":1}"#, 204),
            ("/v1/queues/empty/reserve", #"{"wait_ms":-1}"#, 400),
            ("/v1/messages/1000000001/ack", #"{"receipt":"1.1.9"}"#, 409),
            ("/v1/messages/1000000001/nack", #"{"receipt":"1.1.9"}"#, 409),
            ("/v1/messages/ffff/ack", #"{"receipt":"1.1.1"}"#, 404),
            ("/v1/messages/ffff/nack", #"{"receipt":"1.1.1","error":2}"#, 400),
            ("/v1/messages/ffff/ack", "{}", 400),
        ])
    func same(path: String, body: String, status: Int) async throws {
        try await withServer { link, port in
            let known = #"{"body":"x","idempotency_key":"known"}"#
            #expect(try await post(link, "/v1/queues/jobs/messages", known).status == 201)
            let clients = [try RawClient(port: port), try RawClient(port: port)]
            clients[0].send(Self.request("POST", path, body).utf8)
            clients[1].send(Self.chunked(path, body).utf8)
            for client in clients {
                client.finish()
                #expect(await eventually { client.hasBeenClosed() })
                #expect(client.status == status)
            }
            let bodies = clients.map {
                String(decoding: $0.received, as: UTF8.self).split(separator: "\r\n\r\n")
                    .dropFirst()
            }
            #expect(bodies[0] == bodies[1])
            #expect(bodies[0].isEmpty == (status == 204))
        }
    }

    private static let ten = [("content-length", "10")]

    @Test(
        "Only what needs nothing of the router is taken",
        arguments: [
            ("/v1/queues/jobs/messages", ten, .enqueue(queue: "jobs", key: nil)),
            (
                "/v1/queues/jobs/messages", ten + [("Idempotency-Key", "k")],
                .enqueue(queue: "jobs", key: "k")
            ),
            ("/v1/queues/jobs/reserve", ten, .reserve(queue: "jobs")),
            ("/v1/messages/1f/ack", ten, .acknowledge(MessageIdentifier(rawValue: 31))),
            ("/v1/messages/1f/nack", ten, .reject(MessageIdentifier(rawValue: 31))),
            ("/v1/messages/1g/ack", ten, nil),
            ("/v1/messages//ack", ten, nil),
            ("/v1/messages/1f/extend", ten, nil),
            ("/v1/messages/1f", ten, nil),
            ("/v1/queues/jobs/reserve", ten + [("Idempotency-Key", "k")], nil),
            ("/v1/queues/jobs/messages", ten + [("Connection", "Close")], nil),
            ("/v1/queues/jobs/messages", ten + [("Expect", "100-continue")], nil),
            ("/v1/queues/jobs/messages", [("Transfer-Encoding", "chunked")], nil),
            (
                "/v1/queues/jobs/messages", [("Content-Length", "65536")],
                .enqueue(queue: "jobs", key: nil)
            ),
            ("/v1/queues/jobs/messages", [("Content-Length", "65537")], nil),
            ("/v1/queues/jobs/messages", [], nil),
            ("/v1/queues/jo%62s/messages", ten, nil),
            ("/v1/queues//messages", ten, nil),
            ("/v1/queues/messages", ten, nil),
            ("/v1/queues/jobs/messages?x=1", ten, nil),
            ("/v1/queues/jobs/dead/redrive", ten, nil),
        ] as [(String, [(String, String)], MessageRequest?)])
    func taken(path: String, headers: [(String, String)], request: MessageRequest?) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path, headers: HTTPHeaders(headers))
        #expect(MessageRequest(head, limits: RequestLimits()) == request)
    }

    @Test("The date is that of RFC 9110")
    func date() {
        var date = HTTPDate()
        #expect(date.text(at: 784_111_777_999) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date.text(at: 784_111_778_000) == "Sun, 06 Nov 1994 08:49:38 GMT")
    }
}
