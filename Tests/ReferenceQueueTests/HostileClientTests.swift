import NIOCore
import NIOHTTP1
import Testing

@testable import ReferenceQueue

@Suite("Hostile clients", .serialized)
struct HostileClientTests {
    private static let enqueue = "POST /v1/queues/jobs/messages HTTP/1.1\r\nHost: a\r\n"

    private static func impatient(_ limits: inout RequestLimits) {
        limits.requestTime = .milliseconds(400)
        limits.answerTime = .milliseconds(400)
        limits.idleTime = .milliseconds(800)
    }

    private func figure(_ name: String, _ link: HTTPLink) async -> Int? {
        let answer = try? await link.send(.GET, "/metrics", timeout: .seconds(5))
        let lines = String(buffer: answer?.body ?? ByteBuffer()).split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }.flatMap {
            Int($0.dropFirst(name.count + 1))
        }
    }

    /// Whether the server gets back to where one good client is all it knows of.
    private func isQuiet(_ link: HTTPLink) async -> Bool {
        await eventually {
            let connections = await figure("refqueue_connections", link)
            let requests = await figure("refqueue_requests", link)
            return connections == 1 && requests == 1
        }
    }

    /// Whether a message goes in and comes out, and it is the only one.
    private func expectService(_ link: HTTPLink) async throws {
        #expect(try await post(link, "/v1/queues/jobs/messages", #"{"body":"good"}"#).status == 201)
        let delivered = try await post(link, "/v1/queues/jobs/reserve", "{}")
        #expect(delivered.document["body"] == "good")
        #expect(try await post(link, "/v1/queues/jobs/reserve", "{}").status == 204)
    }

    @Test(
        "A request that never ends is cut off, although it goes on arriving",
        arguments: [
            (enqueue + "X-Slow: ", "x"),
            (enqueue + "Content-Length: 100000\r\n\r\n{\"body\":\"", "x"),
            (enqueue + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
            ("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "x"),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "x"),
        ])
    func slow(start: String, more: String) async throws {
        try await withServer({ Self.impatient(&$0.limits) }) { link, port in
            let before = openDescriptors()
            var clients = try (0..<40).map { _ in try RawClient(port: port) }
            for client in clients { client.send(start.utf8) }
            #expect(
                await eventually {
                    for client in clients { client.send(more.utf8) }
                    return clients.allSatisfy { $0.hasBeenClosed() }
                })
            #expect(await isQuiet(link))
            clients = []
            #expect(await eventually { openDescriptors() <= before + 10 })
            try await expectService(link)
        }
    }

    @Test("A client that asks and never reads the answers is cut off")
    func unread() async throws {
        try await withServer({ Self.impatient(&$0.limits) }) { link, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
            let requests = String(repeating: request, count: 100).utf8
            #expect(
                await eventually {
                    client.send(requests)
                    return await figure("refqueue_slow_readers_total", link) == 1
                })
            #expect(await isQuiet(link))
            try await expectService(link)
        }
    }

    @Test("A client that reads no answers is not served on and on")
    func unreadAnswers() async throws {
        try await withServer { link, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            // Large answers that need no commit fill the buffers on their way soon.
            let messages = Array(repeating: #"{"body":"","idempotency_key":"k"}"#, count: 1000)
            let body = #"{"messages":["# + messages.joined(separator: ",") + "]}"
            let request =
                Self.enqueue + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            #expect(
                await eventually {
                    _ = client.fill(with: Array(request.utf8))
                    let before = await figure("refqueue_duplicates_total", link)
                    try? await Task.sleep(for: .milliseconds(300))
                    let after = await figure("refqueue_duplicates_total", link)
                    return before != nil && before == after
                        && client.fill(with: Array(request.utf8)) == 0
                })
            #expect(!client.hasBeenClosed())
        }
    }

    @Test(
        "Connections that only wait make room for a good client",
        arguments: ["", "GET / HTTP/1.1\r\nHos"])
    func crowd(start: String) async throws {
        // Nothing here may wait for the limits' times, which are a minute.
        try await withServer({ $0.limits.connections = 8 }) { link, port in
            let before = openDescriptors()
            var clients = try (0..<40).map { _ in try RawClient(port: port) }
            for client in clients { client.send(start.utf8) }
            link.close()
            // Who has just come may be told to try again.
            #expect(
                await eventually {
                    let answer = try? await link.send(.GET, "/healthz", timeout: .seconds(5))
                    return answer?.status == 200
                })
            try await expectService(link)
            #expect(await eventually { clients.count { !$0.hasBeenClosed() } <= 8 })
            clients = []
            #expect(await isQuiet(link))
            #expect(await eventually { openDescriptors() <= before + 10 })
        }
    }

    @Test("While every connection is busy a further one is answered 429, and may try again")
    func busy() async throws {
        try await withServer({ $0.limits.connections = 4 }) { link, port in
            let before = openDescriptors()
            link.close()
            #expect(await eventually { openDescriptors() <= before - 2 })
            let body = #"{"wait_ms":60000}"#
            let reserve =
                "POST /v1/queues/jobs/reserve HTTP/1.1\r\nHost: a\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            var clients = try (0..<4).map { _ in try RawClient(port: port) }
            for client in clients { client.send(reserve.utf8) }
            let refused = try RawClient(port: port)
            refused.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            #expect(await eventually { refused.hasBeenClosed() })
            #expect(refused.status == 429)
            let text = String(decoding: refused.received, as: UTF8.self)
            #expect(text.contains("Retry-After: 1"))
            #expect(clients.allSatisfy { !$0.hasBeenClosed() })
            clients = []
            #expect(await isQuiet(link))
            try await expectService(link)
        }
    }

    @Test("What waits in the service is bounded below the connections that could wait for it")
    func bounds() {
        let limits = RequestLimits()
        #expect(limits.waiters < limits.connections && limits.operations < limits.connections)
    }

    @Test(
        "A connection whose client sends no more is closed at once, with half a request unheard",
        arguments: [
            ("", nil), (enqueue + "X-Ha", nil),
            (enqueue + "Content-Length: 100\r\n\r\n{\"body\":\"half\"}", nil),
            (enqueue + "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"bo\r\n", nil),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            (enqueue + "Content-Length: 2\r\n\r\n{}", 400),
        ] as [(String, Int?)])
    func halfClosed(request: String, status: Int?) async throws {
        // Nothing here may wait for the limits, which are a minute.
        try await withServer { link, port in
            let before = openDescriptors()
            var clients = try (0..<20).map { _ in try RawClient(port: port) }
            for client in clients {
                client.send(request.utf8)
                client.finish()
            }
            #expect(await eventually { clients.allSatisfy { $0.hasBeenClosed() } })
            if let status { #expect(clients.allSatisfy { $0.status == status }) }
            #expect(await isQuiet(link))
            clients = []
            #expect(await eventually { openDescriptors() <= before + 10 })
            try await expectService(link)
        }
    }

    @Test("A chunked body without end is refused with 413 and cut off")
    func endless() async throws {
        try await withServer({
            Self.impatient(&$0.limits)
            $0.limits.bodyBytes = 65_536
        }) { link, port in
            let client = try RawClient(port: port)
            client.send((Self.enqueue + "Transfer-Encoding: chunked\r\n\r\n").utf8)
            let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
            #expect(
                await eventually {
                    client.send(chunk.utf8)
                    return client.hasBeenClosed()
                })
            #expect(client.status == 413)
            #expect(await isQuiet(link))
            try await expectService(link)
        }
    }

    @Test("Junk is answered with 400 and cut off, also when its sender holds on to the connection")
    func junk() async throws {
        try await withServer({ Self.impatient(&$0.limits) }) { link, port in
            let before = openDescriptors()
            var generator = SeededGenerator(seed: 7)
            var clients = try (0..<100).map { _ in try RawClient(port: port) }
            for client in clients {
                client.send((0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) })
            }
            #expect(await isQuiet(link))
            #expect(clients.allSatisfy { $0.hasBeenClosed() })
            #expect(clients.allSatisfy { $0.status == nil || $0.status == 400 })
            clients = []
            #expect(await eventually { openDescriptors() <= before + 10 })
            try await expectService(link)
        }
    }

    @Test(
        "Junk is told by a problem document that it is no HTTP",
        arguments: ["no request\r\n\r\n", "\u{16}\u{3}\u{1} hello", "GET / HTTP/9.9\r\n\r\n"])
    func junkDocument(junk: String) async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            client.send(junk.utf8)
            #expect(await eventually { client.hasBeenClosed() })
            let answer = String(decoding: client.received, as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.lowercased().contains("content-type: application/problem+json\r\n"))
            #expect(answer.contains(#""code":"not-http""#))
            #expect(answer.hasSuffix("}"))
        }
    }

    @Test(
        "A message does not go to consumers that hung up while they waited for one",
        arguments: [false, true])
    func hangUp(withReset: Bool) async throws {
        try await withServer { link, port in
            var clients = try (0..<20).map { _ in try RawClient(port: port) }
            let body = #"{"wait_ms":60000,"lease_ms":600000}"#
            let request =
                "POST /v1/queues/jobs/reserve HTTP/1.1\r\nHost: a\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            for client in clients { client.send(request.utf8) }
            #expect(await eventually { await figure("refqueue_consumers_waiting", link) == 20 })
            if withReset { for client in clients { client.breakOff() } }
            clients = []
            #expect(await eventually { await figure("refqueue_consumers_waiting", link) == 0 })
            #expect(await isQuiet(link))
            _ = try await post(link, "/v1/queues/jobs/messages", #"{"body":"x"}"#)
            let delivered = try await post(link, "/v1/queues/jobs/reserve", "{}").document
            #expect(delivered["body"] == "x" && delivered["attempt"] == 1)
        }
    }

    @Test("A consumer that sends no more but listens is told that there is no message")
    func hangUpHalf() async throws {
        try await withServer { link, port in
            let client = try RawClient(port: port)
            let body = #"{"wait_ms":60000}"#
            client.send(
                ("POST /v1/queues/jobs/reserve HTTP/1.1\r\nHost: a\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
            client.finish()
            #expect(await eventually { client.hasBeenClosed() })
            #expect(client.status == 204)
        }
    }

    @Test("A page of dead letters holds no more than 4 MiB of them, and all come out")
    func largeDeadLetters() async throws {
        try await withServer { link, _ in
            let large = String(repeating: "x", count: 900_000)
            for number in 0..<6 {
                let body = #"{"body":"\#(number)\#(large)","max_attempts":1}"#
                let enqueued = try await post(link, "/v1/queues/jobs/messages", body)
                #expect(enqueued.status == 201)
                let delivered = try await post(link, "/v1/queues/jobs/reserve", "{}").document
                let id = try #require(delivered["id"]?.string)
                let receipt = try #require(delivered["receipt"]?.string)
                let nack = #"{"receipt":"\#(receipt)"}"#
                #expect(try await post(link, "/v1/messages/\(id)/nack", nack).status == 204)
            }
            var counts: [Int] = []
            var query = ""
            repeat {
                let path = "/v1/queues/jobs/dead?limit=1000\(query)"
                let page = try await link.send(.GET, path, timeout: .seconds(20)).document
                counts.append(try #require(page["messages"]?.array).count)
                query = page["next"]?.string.map { "&after=\($0)" } ?? ""
            } while !query.isEmpty && counts.count < 10
            #expect(counts == [4, 2])
        }
    }
}
