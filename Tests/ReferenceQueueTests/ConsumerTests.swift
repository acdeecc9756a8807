import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import ReferenceQueue

@Suite("The sample consumer and the status query")
struct ConsumerTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// Nothing listens at port 1 of this host.
    private let nobody = "http://127.0.0.1:1"

    private func fill(_ link: HTTPLink, _ count: Int) async throws {
        let messages = (0..<count).map { #"{"body":"\#($0)","max_attempts":1}"# }
        let body = #"{"messages":[\#(messages.joined(separator: ","))]}"#
        #expect(try await post(link, "/v1/queues/jobs/messages", body).status == 201)
    }

    private func counts(_ link: HTTPLink) async throws -> JSONValue {
        try await link.send(.GET, "/v1/queues/jobs", timeout: .seconds(5)).document
    }

    @Test("It settles as many messages as it is to, from the node that serves")
    func limit() async throws {
        try await withServer { link, port in
            try await fill(link, 10)
            var consumer = QueueConsumer(
                nodes: [nobody, "http://127.0.0.1:\(port)"], queue: "jobs")
            consumer.limit = 7
            #expect(try await consumer.run(logger: logger) == 7)
            let counts = try await counts(link)
            #expect(counts["acknowledged"] == 7 && counts["ready"] == 3)
        }
    }

    @Test("Deliveries that it fails end among the dead letters, the same ones for the same seed")
    func failures() async throws {
        var dead: [JSONValue?] = []
        for _ in 0..<2 {
            try await withServer { link, port in
                try await fill(link, 20)
                var consumer = QueueConsumer(nodes: ["http://127.0.0.1:\(port)"], queue: "jobs")
                consumer.failureShare = 0.5
                consumer.seed = 3
                consumer.limit = 20
                #expect(try await consumer.run(logger: logger) == 20)
                let letters = try await link.send(
                    .GET, "/v1/queues/jobs/dead", timeout: .seconds(5)
                ).document["messages"]
                #expect(letters?.array?.first?["last_error"] == "the sample failed it")
                dead.append(letters)
            }
        }
        #expect(dead[0] == dead[1])
        #expect((1..<20).contains(dead[0]?.array?.count ?? 0))
    }

    @Test("It waits for messages, and ends when it is cancelled")
    func cancellation() async throws {
        try await withServer { link, port in
            let consumer = QueueConsumer(nodes: ["http://127.0.0.1:\(port)"], queue: "jobs")
            let running = Task { try await consumer.run(logger: logger) }
            try await fill(link, 3)
            #expect(await eventually { (try? await counts(link))?["acknowledged"] == 3 })
            running.cancel()
            #expect(try await running.value == 3)
        }
    }

    @Test("A consumer without a node's address, or with a wrong one, says so")
    func addresses() async {
        for nodes in [[], ["ftp://x"], ["http://127.0.0.1:x"]] {
            let consumer = QueueConsumer(nodes: nodes, queue: "jobs")
            await #expect(throws: StoreError.self) { try await consumer.run(logger: logger) }
        }
    }

    @Test("The status of a node and of an arbiter is told as a document and as lines")
    func status() async throws {
        try await withServer { _, port in
            let query = try NodeQuery("http://127.0.0.1:\(port)")
            let document = try JSONParser.parse(Array(try await query.status().utf8))
            #expect(document["role"] == "primary" && document["commit_index"] == 0)
            let lines = try await query.summary().split(separator: "\n")
            #expect(lines.contains("role: primary") && lines.contains("reasons: []"))
        }
        let error = await #expect(throws: HTTPLinkError.self) {
            try await NodeQuery(nobody).status()
        }
        #expect(error?.description == "cannot connect to 127.0.0.1:1: Connection refused")
    }
}
