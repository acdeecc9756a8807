import Glibc
import NIOCore
import NIOPosix
import Playbooks
import Testing

@testable import Systems

@Suite("HTTP client", .timeLimit(.minutes(1)))
struct HTTPClientTests {
    private static let group = NIOSingletons.posixEventLoopGroup

    private static func client(connections: Int = 8, waiting: Int = 64) -> HTTPClient {
        HTTPClient(
            group: group, maximumConnectionsPerHost: connections, maximumWaitingPerHost: waiting,
            maximumAnswer: ByteCount(10_000))
    }

    private static func failure<Answer>(_ result: Result<Answer, ExchangeFailure>)
        -> ExchangeFailure?
    {
        guard case .failure(let failure) = result else { return nil }
        return failure
    }

    @Test("one connection serves requests that follow each other")
    func keepsConnection() async throws {
        let server = try await ScriptedServer { request in
            .answer(
                ScriptedServer.answer(201, body: "got \(request.utf8.count)", fields: "X: y\r\n"))
        }
        let client = Self.client()
        for length in [0, 1, 5_000] {
            let request = HTTPRequest(
                "POST", port: server.port, path: "/v1/queues/q/messages",
                fields: [HTTPField("Idempotency-Key", "p0-000001")],
                body: Array(repeating: UInt8(ascii: "b"), count: length))
            let answer = try await client.send(request, deadline: .seconds(10)).get()
            #expect(answer.status == 201)
            #expect(answer.field("x") == "y")
            #expect(answer.text.hasPrefix("got "))
        }
        #expect(server.connections == 1)
        let seen = try #require(server.requests.last)
        #expect(seen.hasPrefix("POST /v1/queues/q/messages HTTP/1.1\r\nHost: 127.0.0.1:"))
        #expect(seen.contains("Idempotency-Key: p0-000001\r\n"))
        #expect(seen.hasSuffix("\r\n\r\n" + String(repeating: "b", count: 5_000)))
        await client.close()
        try await server.stop()
    }

    @Test("an answer that ends with the connection is whole, and the next request makes a new one")
    func readsUntilClose() async throws {
        let server = try await ScriptedServer { _ in
            .answerAndClose("HTTP/1.0 200 OK\r\n\r\nuntil the end")
        }
        let client = Self.client()
        for _ in 0..<2 {
            let answer = try await client.send(
                "GET", "http://127.0.0.1:\(server.port)/", deadline: .seconds(10)
            ).get()
            #expect(answer.text == "until the end")
        }
        #expect(server.connections == 2)
        await client.close()
        try await server.stop()
    }

    @Test("a refused connection is certainly not sent")
    func refusedIsNotSent() async throws {
        // Not the port of a server that was stopped: another test's could be given it.
        let port = try await LoopbackPort.pick()
        let client = Self.client()
        let result = await client.send(
            HTTPRequest("GET", port: port, path: "/"), deadline: .seconds(10))
        #expect(Self.failure(result)?.delivery == .notSent)
        #expect(Self.failure(result)?.reason == .refused)
        await client.close()
    }

    @Test(
        "a connection that ends in mid-answer leaves the outcome unknown",
        arguments: [
            ScriptedServer.Reaction.reset(after: ""),
            .reset(after: "HTTP/1.1 201 Created\r\nContent-Le"),
            .reset(after: "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nfour"),
            .close,
            .answerAndClose("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nfour"),
            .answerAndClose("HTTP/1.1 201 Cr"),
        ])
    func brokenAnswerIsUnknown(_ reaction: ScriptedServer.Reaction) async throws {
        let server = try await ScriptedServer { _ in reaction }
        let client = Self.client()
        let result = await client.send(
            HTTPRequest("POST", port: server.port, path: "/", body: [1]), deadline: .seconds(10))
        let failure = try #require(Self.failure(result))
        #expect(failure.delivery == .unknown)
        #expect([.reset, .closed, .malformedAnswer].contains(failure.reason))
        await client.close()
        try await server.stop()
    }

    @Test(
        "what is no HTTP is a malformed answer",
        arguments: ["SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\0\0"])
    func malformedAnswer(_ text: String) async throws {
        let server = try await ScriptedServer { _ in .answer(text) }
        let client = Self.client()
        let result = await client.send(
            HTTPRequest("GET", port: server.port, path: "/"), deadline: .seconds(10))
        #expect(Self.failure(result)?.delivery == .unknown)
        #expect(Self.failure(result)?.reason == .malformedAnswer)
        await client.close()
        try await server.stop()
    }

    @Test("a silent server costs the deadline, no more, and its connection is closed")
    func deadlineEnds() async throws {
        let server = try await ScriptedServer { _ in .silence }
        let client = Self.client(connections: 1)
        let clock = ContinuousClock()
        let before = clock.now
        let result = await client.send(
            HTTPRequest("GET", port: server.port, path: "/"), deadline: .milliseconds(200))
        #expect(Self.failure(result)?.delivery == .unknown)
        #expect(Self.failure(result)?.reason == .timeout)
        #expect(clock.now - before >= .milliseconds(200))
        // The only slot is free again: the next request gets a connection of its own.
        let next = await client.send(
            HTTPRequest("GET", port: server.port, path: "/"), deadline: .milliseconds(200))
        #expect(Self.failure(next)?.delivery == .unknown)
        #expect(server.connections == 2)
        await client.close()
        try await server.stop()
    }

    @Test("an answer beyond the bound fails the request, whether announced or not")
    func boundsAnswer() async throws {
        let big = String(repeating: "x", count: 10_001)
        let server = try await ScriptedServer { request in
            request.hasPrefix("GET /announced")
                ? .answer(ScriptedServer.answer(200, body: big))
                : .answerAndClose("HTTP/1.1 200 OK\r\n\r\n" + big)
        }
        let client = Self.client()
        for path in ["/announced", "/endless"] {
            let result = await client.send(
                HTTPRequest("GET", port: server.port, path: path), deadline: .seconds(10))
            #expect(Self.failure(result)?.delivery == .unknown)
            #expect(Self.failure(result)?.reason == .answerTooLarge)
        }
        await client.close()
        try await server.stop()
    }

    @Test("connections and waiting requests are bounded")
    func boundsConnections() async throws {
        let server = try await ScriptedServer { _ in .silence }
        let client = Self.client(connections: 2, waiting: 3)
        let port = server.port
        let reasons = await withTaskGroup(of: ExchangeFailure?.self) { group in
            for _ in 0..<9 {
                group.addTask {
                    Self.failure(
                        await client.send(
                            HTTPRequest("GET", port: port, path: "/"),
                            deadline: .milliseconds(700)))
                }
            }
            return await group.reduce(into: [ExchangeFailure]()) { list, failure in
                if let failure { list.append(failure) }
            }
        }
        #expect(reasons.count == 9)
        #expect(reasons.count { $0.reason == .tooManyWaiting && $0.delivery == .notSent } == 4)
        #expect(reasons.count { $0.reason == .timeout } == 5)
        #expect(reasons.contains { $0.reason == .timeout && $0.delivery == .notSent })
        // Two at first, and at most one more for each that waited until one of them was closed.
        #expect(server.connections <= 5)
        await client.close()
        try await server.stop()
    }

    @Test("many concurrent requests over few connections all get their own answer")
    func sharesConnections() async throws {
        let server = try await ScriptedServer { request in
            .answer(ScriptedServer.answer(200, body: String(request.split(separator: " ")[1])))
        }
        let client = Self.client(connections: 4, waiting: 1_000)
        let port = server.port
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                group.addTask {
                    let answer = try? await client.send(
                        HTTPRequest("GET", port: port, path: "/\(number)"), deadline: .seconds(30)
                    ).get()
                    return answer?.text == "/\(number)"
                }
            }
            return await group.reduce(into: 0) { if !$1 { $0 += 1 } }
        }
        #expect(wrong == 0)
        #expect(server.connections <= 4)
        await client.close()
        try await server.stop()
    }

    @Test("connections that die as they are made cost no place in the pool")
    func survivesDyingConnections() async throws {
        let server = try await ScriptedServer(closesAtOnce: true) { _ in .silence }
        let client = Self.client(connections: 2)
        for _ in 0..<200 {
            let result = await client.send(
                HTTPRequest("GET", port: server.port, path: "/"), deadline: .seconds(10))
            let reason = try #require(Self.failure(result)).reason
            #expect([.closed, .reset].contains(reason))
        }
        await client.close()
        try await server.stop()
    }

    @Test("a client that is closed while it connects ends", arguments: 0..<40)
    func closesWhileConnecting(round: Int) async throws {
        let server = try await ScriptedServer { _ in .silence }
        let client = Self.client(connections: 2)
        let port = server.port
        async let first = client.send(
            HTTPRequest("GET", port: port, path: "/"), deadline: .microseconds(50 * round))
        async let second = client.send(
            HTTPRequest("GET", port: port, path: "/"), deadline: .seconds(60))
        try await Task.sleep(for: .microseconds(20 * round))
        await client.close()
        #expect(Self.failure(await first) != nil)
        let reason = try #require(Self.failure(await second)).reason
        #expect(reason == .clientClosed || reason == .closed)
        try await server.stop()
    }

    @Test("a cancelled task's request ends at once")
    func cancels() async throws {
        let server = try await ScriptedServer { _ in .silence }
        let client = Self.client()
        let port = server.port
        let task = Task {
            await client.send(
                HTTPRequest("GET", port: port, path: "/"), deadline: .seconds(3_600))
        }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let failure = try #require(Self.failure(await task.value))
        #expect(failure.reason == .cancelled)
        #expect(failure.delivery == .unknown)
        await client.close()
        try await server.stop()
    }

    @Test("a closed client sends nothing")
    func closedSendsNothing() async throws {
        let client = Self.client()
        await client.close()
        let result = await client.send(
            HTTPRequest("GET", port: 9, path: "/"), deadline: .seconds(1))
        #expect(Self.failure(result)?.reason == .clientClosed)
        #expect(Self.failure(result)?.delivery == .notSent)
    }

    @Test(
        "a request that cannot be written is refused before it is sent",
        arguments: [
            HTTPRequest("GET", port: 9, path: "no-slash"),
            HTTPRequest("GET", port: 9, path: "/a b"),
            HTTPRequest("GET", port: 9, path: "/a\r\nX: y"),
            HTTPRequest("GET X", port: 9, path: "/"),
            HTTPRequest("GET", port: 0, path: "/"),
            HTTPRequest("GET", host: "queue.example.org", port: 9, path: "/"),
            HTTPRequest("GET", port: 9, path: "/", fields: [HTTPField("X", "a\r\nEvil: 1")]),
            HTTPRequest("GET", port: 9, path: "/", fields: [HTTPField("a b", "c")]),
        ])
    func refusesInvalid(_ request: HTTPRequest) async throws {
        let client = Self.client()
        let result = await client.send(request, deadline: .seconds(1))
        #expect(Self.failure(result)?.reason == .invalidRequest)
        #expect(Self.failure(result)?.delivery == .notSent)
        await client.close()
    }

    @Test(
        "URLs are split into host, port and path",
        arguments: [
            ("http://127.0.0.1:80", "127.0.0.1", 80, "/"),
            ("https://queue.example/ready", "queue.example", 443, "/ready"),
            ("https://[::1]:99", "::1", 99, "/"),
            ("http://localhost:8080/healthz", "localhost", 8080, "/healthz"),
            ("http://10.0.0.1/a?b=c#d", "10.0.0.1", 80, "/a?b=c"),
            ("http://[::1]:99/x", "::1", 99, "/x"),
            ("http://127.0.0.1?x", "127.0.0.1", 80, "/?x"),
        ])
    func splitsURL(_ url: String, host: String, port: Int, path: String) throws {
        let request = try #require(HTTPRequest("GET", url: url))
        var expected = HTTPRequest("GET", host: host, port: port, path: path)
        expected.isSecure = url.hasPrefix("https")
        #expect(request == expected)
    }

    @Test(
        "what is no HTTP URL is refused",
        arguments: [
            "", "ftp://a/", "https://", "http://", "http://:80/", "http://a:b/", "http://u@h/", "h",
        ])
    func refusesURL(_ url: String) {
        #expect(HTTPRequest("GET", url: url) == nil)
    }
}
