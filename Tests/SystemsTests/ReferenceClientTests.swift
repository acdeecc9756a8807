import NIOCore
import NIOPosix
import Playbooks
import Records
import Testing

@testable import Systems

@Suite("Reference client", .timeLimit(.minutes(1)))
struct ReferenceClientTests {
    private static let message = MessageIdentifier(producer: 2, sequence: 17)

    private static func describe<Value>(_ answer: Answer<Value>) -> String {
        switch answer {
        case .ok(_, let word): "ok \(word)"
        case .failed(let word, let redirect, let after, let isFinal):
            "failed \(word)" + (redirect.map { " to \($0)" } ?? "")
                + (after.map { " after \($0.seconds)" } ?? "") + (isFinal ? " final" : "")
        case .indeterminate(let word): "indeterminate \(word)"
        }
    }

    private static let outcomes: [(answer: String, outcome: String)] = [
        (ScriptedServer.answer(201, body: #"{"id":"1"}"#), "ok 201"),
        (ScriptedServer.answer(200), "indeterminate unexpected answer"),
        (ScriptedServer.answer(400), "failed 400 final"),
        (ScriptedServer.answer(404), "failed 404 final"),
        (ScriptedServer.answer(408), "indeterminate 408"),
        (
            ScriptedServer.answer(409, body: #"{"code":"not-primary","primary":"b"}"#),
            "failed 409 to b"
        ),
        (ScriptedServer.answer(409, body: #"{"code":"not-primary","primary":null}"#), "failed 409"),
        (ScriptedServer.answer(409, body: #"{"code":"stale-receipt"}"#), "failed 409 final"),
        (ScriptedServer.answer(409, body: "not JSON"), "failed 409"),
        (ScriptedServer.answer(413), "failed 413 final"),
        (ScriptedServer.answer(429, fields: "Retry-After: 2\r\n"), "failed 429 after 2.0"),
        (ScriptedServer.answer(429, fields: "Retry-After: soon\r\n"), "failed 429"),
        (ScriptedServer.answer(500), "indeterminate 500"),
        (ScriptedServer.answer(503, body: #"{"code":"no-lease"}"#), "indeterminate 503"),
        (ScriptedServer.answer(507, body: #"{"code":"disk-full"}"#), "failed 507"),
        (ScriptedServer.answer(302), "indeterminate 302"),
    ]

    @Test("every answer means one outcome", arguments: outcomes.indices)
    func mapsAnswers(index: Int) async throws {
        let (text, outcome) = Self.outcomes[index]
        let server = try await ScriptedServer { _ in .answer(text) }
        let client = ReferenceClient(
            client: HTTPClient(group: NIOSingletons.posixEventLoopGroup), ports: ["a": server.port])
        let answer = await client.enqueue(
            Self.message, body: Array("body".utf8), queue: "q", on: "a", deadline: .seconds(10))
        #expect(Self.describe(answer) == outcome)
        await client.close()
        try await server.stop()
    }

    @Test("requests are as the interface says, with bodies escaped and names encoded")
    func writesRequests() async throws {
        let server = try await ScriptedServer { request in
            request.contains("/reserve")
                ? .answer(
                    ScriptedServer.answer(
                        200,
                        body: #"{"id":"m1","receipt":"1.2.3","body":"a\"\n\u00e4","attempt":2}"#))
                : .answer(ScriptedServer.answer(request.contains("/messages/m1") ? 204 : 201))
        }
        let client = ReferenceClient(
            client: HTTPClient(group: NIOSingletons.posixEventLoopGroup), ports: ["a": server.port])
        _ = await client.enqueue(
            Self.message, body: Array("a\"\\\n\u{1}ä".utf8), queue: "my queue/1", on: "a",
            deadline: .seconds(10))
        let reserved = await client.reserve(
            queue: "q", on: "a", lease: .seconds(10), wait: .milliseconds(1_500),
            deadline: .seconds(10))
        guard case .ok(let delivery?, _) = reserved else {
            Issue.record("reserve answered \(reserved)")
            return
        }
        #expect(delivery.body == Array("a\"\nä".utf8))
        #expect(delivery.number == 2)
        _ = await client.acknowledge(delivery, on: "a", deadline: .seconds(10))
        _ = await client.refuse(delivery, reason: "a \"b\"", on: "a", deadline: .seconds(10))
        let requests = server.requests.map { request in
            let lines = request.split(separator: "\r\n", omittingEmptySubsequences: false)
            return "\(lines[0]) \(lines[lines.endIndex - 1])"
        }
        #expect(
            requests == [
                #"POST /v1/queues/my%20queue%2F1/messages HTTP/1.1 {"body":"a\"\\\u000a\u0001ä"}"#,
                #"POST /v1/queues/q/reserve HTTP/1.1 {"wait_ms":1500,"lease_ms":10000}"#,
                #"POST /v1/messages/m1/ack HTTP/1.1 {"receipt":"1.2.3"}"#,
                #"POST /v1/messages/m1/nack HTTP/1.1 {"receipt":"1.2.3","error":"a \"b\""}"#,
            ])
        #expect(server.requests[0].contains("\r\nIdempotency-Key: p2-000017\r\n"))
        await client.close()
        try await server.stop()
    }

    @Test("a reserve without a message is an answer, and an unknown node a failure")
    func answersWithoutMessage() async throws {
        let server = try await ScriptedServer { _ in .answer("HTTP/1.1 204 No Content\r\n\r\n") }
        let client = ReferenceClient(
            client: HTTPClient(group: NIOSingletons.posixEventLoopGroup), ports: ["a": server.port])
        let none = await client.reserve(
            queue: "q", on: "a", lease: .seconds(1), wait: .zero, deadline: .seconds(10))
        guard case .ok(nil, answer: "204") = none else {
            Issue.record("reserve answered \(none)")
            return
        }
        let unknown = await client.reserve(
            queue: "q", on: "z", lease: .seconds(1), wait: .zero, deadline: .seconds(10))
        #expect(Self.describe(unknown) == "failed invalid request final")
        await client.close()
        try await server.stop()
    }

    @Test("of two primaries the one with the newer epoch is believed")
    func resolvesRoles() {
        var roles = ReferenceRoles()
        #expect(roles.update("a", (.primary, 1)).map(\.role) == [.primary])
        #expect(roles.update("b", (.standby, 1)).map(\.role) == [.standby])
        #expect(roles.update("a", (.primary, 1)).isEmpty)
        let both = roles.update("b", (.primary, 2))
        #expect(both.map(\.node) == ["a", "b"] && both.map(\.role) == [.unknown, .primary])
        #expect(roles.update("a", nil).isEmpty)
        #expect(roles.update("b", nil).map(\.role) == [.unknown])
    }
}
