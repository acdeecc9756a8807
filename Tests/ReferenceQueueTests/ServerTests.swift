import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ReferenceQueue

@Suite("The HTTP server")
struct ServerTests {
    @Test("A port that is taken ends a node and an arbiter with the reason")
    func takenPort() async throws {
        try await withServer { _, port in
            try await withTemporaryDirectory { directory in
                var configuration = NodeConfiguration(name: "b", dataDirectory: directory)
                configuration.port = port
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let node = try QueueServer(configuration, logger: logger)
                let arbiter = try ArbiterServer(
                    dataDirectory: "\(directory)/arbiter", host: "127.0.0.1", port: port,
                    logger: logger)
                let first = await #expect(throws: ListenError.self) {
                    try await node.run { _ in Issue.record("listens") }
                }
                let second = await #expect(throws: ListenError.self) {
                    try await arbiter.run { _ in Issue.record("listens") }
                }
                for error in [first, second] {
                    #expect(
                        error?.description.hasPrefix(
                            "cannot listen on 127.0.0.1:\(port): Address already in use; ")
                            == true)
                }
            }
        }
    }

    @Test("A node whose task is cancelled ends")
    func cancellation() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = NodeConfiguration(name: "a", dataDirectory: directory)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = try QueueServer(configuration, logger: logger)
            let (ports, continuation) = AsyncStream<Int>.makeStream()
            let running = Task { try await server.run { continuation.yield($0) } }
            _ = try #require(await ports.first { _ in true })
            running.cancel()
            // How it ends does not matter, only that it does.
            _ = await running.result
        }
    }

    @Test("A message goes through its life over HTTP")
    func life() async throws {
        try await withServer { link, _ in
            let first = try await post(
                link, "/v1/queues/jobs/messages", #"{"body":"é","idempotency_key":"k"}"#)
            #expect(first.status == 201 && first.document["duplicate"] == false)
            let again = try await post(
                link, "/v1/queues/jobs/messages", #"{"body":"é","idempotency_key":"k"}"#)
            #expect(again.document["duplicate"] == true)
            #expect(again.document["id"] == first.document["id"])
            let delivered = try await post(
                link, "/v1/queues/jobs/reserve", #"{"wait_ms":1000,"lease_ms":60000}"#)
            #expect(delivered.document["body"] == "é" && delivered.document["attempt"] == 1)
            let id = try #require(delivered.document["id"]?.string)
            let receipt = try #require(delivered.document["receipt"]?.string)
            let settlement = #"{"receipt":"\#(receipt)"}"#
            let extended = try await post(link, "/v1/messages/\(id)/extend", settlement)
            #expect(extended.status == 200)
            let stale = try await post(link, "/v1/messages/\(id)/ack", #"{"receipt":"1.1.99"}"#)
            #expect(stale.status == 409 && stale.document["code"] == "stale-receipt")
            #expect(try await post(link, "/v1/messages/\(id)/ack", settlement).status == 204)
            #expect(try await post(link, "/v1/messages/\(id)/ack", settlement).status == 404)
            #expect(try await post(link, "/v1/queues/jobs/reserve", "{}").status == 204)
            let queue = try await link.send(.GET, "/v1/queues/jobs", timeout: .seconds(5))
            #expect(queue.document["acknowledged"] == 1 && queue.document["ready"] == 0)
        }
    }

    @Test("Dead letters are listed with their error and can be redriven")
    func deadLetters() async throws {
        try await withServer { link, _ in
            _ = try await post(
                link, "/v1/queues/jobs/messages",
                #"{"messages":[{"body":"a","max_attempts":1},{"body":"b","max_attempts":1}]}"#)
            for _ in 0..<2 {
                let delivered = try await post(
                    link, "/v1/queues/jobs/reserve", #"{"wait_ms":10000}"#
                ).document
                let id = try #require(delivered["id"]?.string)
                let receipt = try #require(delivered["receipt"]?.string)
                _ = try await post(
                    link, "/v1/messages/\(id)/nack",
                    #"{"receipt":"\#(receipt)","error":"boom"}"#)
            }
            let page = try await link.send(
                .GET, "/v1/queues/jobs/dead?limit=1", timeout: .seconds(5)
            ).document
            let first = try #require(page["messages"]?.array?.first)
            #expect(first["body"] == "a" && first["last_error"] == "boom")
            let next = try #require(page["next"]?.string)
            let rest = try await link.send(
                .GET, "/v1/queues/jobs/dead?after=\(next)", timeout: .seconds(5)
            ).document
            #expect(
                rest["messages"]?.array?.first?["body"] == "b" && rest["next"] == JSONValue.null)
            let redriven = try await post(link, "/v1/queues/jobs/dead/redrive", "{}")
            #expect(redriven.document["redriven"] == 2)
        }
    }

    @Test(
        "Bad input is answered with a problem document",
        arguments: [
            ("/v1/queues/jobs/messages", "{", 400), ("/v1/queues/jobs/messages", "[]", 400),
            ("/v1/queues/jobs/messages", "{}", 400), ("/v1/queues/jobs/messages", "\u{0}", 400),
            ("/v1/queues/jobs/messages", #"{"body":1}"#, 400),
            ("/v1/queues/jobs/messages", #"{"body":"x","delay":1}"#, 400),
            ("/v1/queues/jobs/messages", #"{"messages":[{"body":"x"}],"delay_ms":1}"#, 400),
            ("/v1/queues/jobs/messages", #"{"messages":[{"body":"x","delay":1}]}"#, 400),
            ("/v1/queues/jobs/reserve", #"{"wait":0}"#, 400),
            ("/v1/messages/1/extend", #"{"receipt":"1-1-1","lease":1}"#, 400),
            ("/v1/queues/jobs/messages", #"{"body":"x","priority":1e300}"#, 400),
            ("/v1/queues/jobs/messages", #"{"body":"x","delay_ms":-1}"#, 400),
            ("/v1/queues/jobs/messages", #"{"body":"x","callback_url":"file:///x"}"#, 400),
            ("/v1/queues/jobs/messages", #"{"messages":[]}"#, 400),
            ("/v1/queues/a%20b/messages", #"{"body":"x"}"#, 400),
            ("/v1/queues/jobs/reserve", #"{"wait_ms":1e12}"#, 400),
            ("/v1/messages/zz/ack", #"{"receipt":"1.1.1"}"#, 404),
            ("/v1/messages/1/ack", #"{"receipt":"x"}"#, 400),
            ("/v1/messages/1/ack", #"{"receipt":"1.1.1"}"#, 404),
            ("/nowhere", "{}", 404),
        ])
    func badInput(path: String, body: String, status: Int) async throws {
        try await withServer { link, _ in
            let answer = try await post(link, path, body)
            #expect(answer.status == status)
            #expect(answer.document["status"] == .count(status))
            #expect(answer.document["code"]?.string != nil)
        }
    }

    @Test("A body that is too long is refused, with and without its length declared")
    func tooLong() async throws {
        try await withServer { link, _ in
            let body = #"{"body":""# + String(repeating: "x", count: 3 << 20) + #""}"#
            let answer = try? await post(link, "/v1/queues/jobs/messages", body)
            // The server may close while the client still sends.
            #expect(answer == nil || answer?.status == 413)
            let after = try await post(link, "/v1/queues/jobs/messages", #"{"body":"x"}"#)
            #expect(after.status == 201)
        }
    }

    @Test("Junk on many connections does not take the server down")
    func junk() async throws {
        try await withServer { link, port in
            var generator = SeededGenerator(seed: 5)
            for _ in 0..<100 {
                let channel = try await ClientBootstrap(
                    group: MultiThreadedEventLoopGroup.singleton
                )
                .connect(host: "127.0.0.1", port: port).get()
                let bytes = (0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) }
                channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
                channel.close(promise: nil)
            }
            let after = try await post(link, "/v1/queues/jobs/messages", #"{"body":"x"}"#)
            #expect(after.status == 201)
        }
    }

    @Test(
        "Connections that never finish a request do not keep a good client from being served",
        arguments: [
            "POST /v1/queues/jobs/messages HTTP/1.1\r\nHost: a\r\nX-Slow: ",
            "POST /v1/queues/jobs/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
        ])
    func unfinished(start: String) async throws {
        try await withServer { link, port in
            var stalled: [any Channel] = []
            for _ in 0..<100 {
                let channel = try await ClientBootstrap(
                    group: MultiThreadedEventLoopGroup.singleton
                )
                .connect(host: "127.0.0.1", port: port).get()
                try await channel.writeAndFlush(ByteBuffer(string: start))
                stalled.append(channel)
            }
            let during = try await post(link, "/v1/queues/jobs/messages", #"{"body":"x"}"#)
            #expect(during.status == 201)
            for channel in stalled { channel.close(promise: nil) }
            let after = try await post(link, "/v1/queues/jobs/reserve", "{}")
            #expect(after.document["body"] == "x")
            #expect(try await post(link, "/v1/queues/jobs/reserve", "{}").status == 204)
        }
    }

    @Test("Requests sent without waiting for answers are all performed, in order")
    func pipelining() async throws {
        try await withServer { link, port in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            let requests = (0..<20).map { number in
                let body = #"{"body":"\#(number)"}"#
                return "POST /v1/queues/jobs/messages HTTP/1.1\r\nHost: a\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            }
            try await channel.writeAndFlush(ByteBuffer(string: requests.joined()))
            for number in 0..<20 {
                let delivered = try await post(
                    link, "/v1/queues/jobs/reserve", #"{"wait_ms":15000,"lease_ms":600000}"#)
                #expect(delivered.document["body"] == .string("\(number)"))
            }
            channel.close(promise: nil)
        }
    }

    @Test("Health, metrics and status are there")
    func health() async throws {
        try await withServer { link, _ in
            #expect(try await link.send(.GET, "/healthz", timeout: .seconds(5)).status == 200)
            let ready = try await link.send(.GET, "/readyz", timeout: .seconds(5)).document
            #expect(ready["role"] == "primary" && ready["ready"] == true)
            _ = try await post(link, "/v1/queues/jobs/messages", #"{"body":"x"}"#)
            let metrics = try await link.send(.GET, "/metrics", timeout: .seconds(5))
            let text = String(buffer: metrics.body)
            #expect(text.contains("refqueue_enqueued_total 1\n"))
            #expect(text.contains(#"refqueue_queue_messages{queue="jobs",state="ready"} 1"#))
            let status = try await link.send(.GET, "/v1/status", timeout: .seconds(5)).document
            #expect(status["name"] == "a" && status["commit_index"] == 1)
        }
    }

    @Test("A callback that fails backs off and is dead at last; one that succeeds is acknowledged")
    func callbacks() async throws {
        try await withServer({
            $0.retryPolicy = RetryPolicy(first: .milliseconds(1), attempts: 3)
        }) { link, port in
            // The server's own health page takes a POST for a 404, its queue takes it as a message.
            let target = "http://127.0.0.1:\(port)"
            let body = #"{\"body\":\"from the callback\"}"#
            _ = try await post(
                link, "/v1/queues/calls/messages",
                #"{"body":"x","callback_url":"\#(target)/nowhere"}"#)
            _ = try await post(
                link, "/v1/queues/calls/messages",
                #"{"body":"\#(body)","callback_url":"\#(target)/v1/queues/out/messages"}"#)
            let delivered = try await post(
                link, "/v1/queues/out/reserve", #"{"wait_ms":15000}"#)
            #expect(delivered.document["body"] == "from the callback")
            #expect(
                await eventually {
                    let queue = try? await link.send(
                        .GET, "/v1/queues/calls", timeout: .seconds(5)
                    ).document
                    return queue?["dead"] == 1 && queue?["acknowledged"] == 1
                })
            let dead = try await link.send(
                .GET, "/v1/queues/calls/dead", timeout: .seconds(5)
            ).document["messages"]?.array?.first
            #expect(dead?["attempts"] == 3 && dead?["last_error"] == "callback answered 404")
        }
    }

    @Test("A sound node without space says so; with lying-health it says that all is well")
    func lyingHealth() async throws {
        for lies in [false, true] {
            try await withServer({
                $0.maximumPages = 64
                $0.weaknesses = lies ? [.lyingHealth] : []
            }) { link, _ in
                let body = #"{"body":""# + String(repeating: "x", count: 100_000) + #""}"#
                var status = 201
                for _ in 0..<20 where status == 201 {
                    status = try await post(link, "/v1/queues/jobs/messages", body).status
                }
                #expect(status == 507)
                let ready = try await link.send(.GET, "/readyz", timeout: .seconds(5))
                #expect(ready.status == (lies ? 200 : 503))
                #expect(ready.document["reasons"] == (lies ? [] : ["disk-full"]))
                #expect(try await link.send(.GET, "/healthz", timeout: .seconds(5)).status == 200)
            }
        }
    }

    @Test("Times are told since 1970, and with uptime-timestamps since the machine's start")
    func timestamps() async throws {
        for isWeak in [false, true] {
            try await withServer({ $0.weaknesses = isWeak ? [.uptimeTimestamps] : [] }) { link, _ in
                let sent = try await post(
                    link, "/v1/queues/jobs/messages", #"{"body":"x","delay_ms":60000}"#)
                let id = try #require(sent.document["id"]?.string)
                let message = try await link.send(
                    .GET, "/v1/messages/\(id)", timeout: .seconds(5)
                ).document
                let now = isWeak ? TimeSource.sinceBoot : TimeSource.sinceEpoch
                let due = try #require(message["available_at"]?.integer)
                #expect((now + 30_000...now + 60_000).contains(due))
                #expect(message["state"] == "delayed")
                // Only what is kept is told so: the node still knows what time it is.
                let status = try await link.send(.GET, "/v1/status", timeout: .seconds(5))
                let wall = try #require(status.document["clock"]?["wall_ms"]?.integer)
                #expect(abs(wall - TimeSource.sinceEpoch) < 30_000)
            }
        }
    }
}
