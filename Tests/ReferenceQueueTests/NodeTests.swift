import Logging
import Synchronization
import Testing

@testable import ReferenceQueue

@Suite("A node on its own")
struct NodeTests {
    private func withNode(
        _ configure: (inout NodeConfiguration) -> Void = { _ in },
        _ body: (Node) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            var configuration = NodeConfiguration(name: "a", dataDirectory: directory)
            configure(&configuration)
            let node = try Node(
                configuration, leases: SoloLeaseStore(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await node.run() }
                try #require(await eventually { node.isServing })
                do {
                    try await body(node)
                } catch {
                    await node.stop()
                    throw error
                }
                await node.stop()
            }
        }
    }

    private func problem(_ body: () async throws -> Void) async -> Problem? {
        do {
            try await body()
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test(
        "A message that is sent again with its key is kept once, and twice by no-deduplication",
        arguments: [Weakness?.none, .noDeduplication])
    func sentAgain(weakness: Weakness?) async throws {
        try await withNode({ $0.weaknesses = weakness.map { [$0] } ?? [] }) { node in
            let message = NewMessage(body: "x", idempotencyKey: "k")
            let first = try await node.enqueue([message], queue: "jobs")
            let again = try await node.enqueue([message], queue: "jobs")
            let isKeptTwice = weakness == .noDeduplication
            #expect(again.map(\.isDuplicate) == [!isKeptTwice])
            #expect((first.map(\.id) == again.map(\.id)) != isKeptTwice)
            var bodies: [String] = []
            while let delivery = try await node.reserve(.queue("jobs"), wait: 0, lease: 60_000) {
                bodies.append(delivery.message.body)
            }
            #expect(bodies == (isKeptTwice ? ["x", "x"] : ["x"]))
        }
    }

    @Test("A full disk refuses enqueues, lets consumers go on, and service resumes by itself")
    func fullDisk() async throws {
        try await withNode({ $0.maximumPages = 128 }) { node in
            let large = String(repeating: "x", count: 32_768)
            var acknowledged = 0
            var refusal: Problem?
            for number in 0..<100 where refusal == nil {
                refusal = await problem {
                    _ = try await node.enqueue(
                        [NewMessage(body: large, idempotencyKey: "k\(number)")], queue: "jobs")
                }
                if refusal == nil { acknowledged += 1 }
            }
            #expect(refusal == .diskFull)
            #expect(node.status().reasons == ["disk-full"])
            // What was acknowledged comes out whole, and can be settled without space.
            for _ in 0..<acknowledged {
                let delivery = try #require(
                    try await node.reserve(.queue("jobs"), wait: 1000, lease: 60_000))
                #expect(delivery.message.body == large)
                try await node.acknowledge(delivery.message.id, delivery.receipt)
            }
            #expect(await eventually { node.status().reasons.isEmpty })
            #expect(
                await problem {
                    _ = try await node.enqueue([NewMessage(body: large)], queue: "jobs")
                } == nil)
        }
    }

    @Test("A consumer that waits gets the message when it comes")
    func longPoll() async throws {
        try await withNode { node in
            async let waiting = node.reserve(.queue("jobs"), wait: 20_000, lease: 1000)
            #expect(await eventually { node.shared.withLock { $0.waiters.count } > 0 })
            _ = try await node.enqueue([NewMessage(body: "here")], queue: "jobs")
            #expect(try await waiting?.message.body == "here")
        }
    }

    @Test("A consumer that is cancelled while it waits takes no message")
    func cancelledPoll() async throws {
        try await withNode { node in
            let waiting = Task {
                try await node.reserve(.queue("jobs"), wait: 20_000, lease: 60_000)
            }
            #expect(
                await eventually {
                    node.shared.withLock { $0.waiters.first(in: .queue("jobs")) != nil }
                })
            waiting.cancel()
            #expect(try await waiting.value == nil)
            _ = try await node.enqueue([NewMessage(body: "here")], queue: "jobs")
            #expect(try await node.reserve(.queue("jobs"), wait: 0, lease: 1000) != nil)
        }
    }

    @Test("A lease that lapses brings the message back with its attempt counted")
    func lapse() async throws {
        try await withNode({ $0.retryPolicy = RetryPolicy(first: .milliseconds(1)) }) { node in
            _ = try await node.enqueue([NewMessage(body: "x")], queue: "jobs")
            let first = try await node.reserve(.queue("jobs"), wait: 1000, lease: 10)
            let second = try await node.reserve(.queue("jobs"), wait: 20_000, lease: 60_000)
            #expect(first?.receipt.attempt == 1)
            #expect(second?.receipt.attempt == 2)
            #expect(second?.message.lastError == "lease expired")
        }
    }

    @Test("Many clients at once share commits")
    func groupCommit() async throws {
        try await withNode { node in
            try await withThrowingDiscardingTaskGroup { group in
                for client in 0..<64 {
                    group.addTask {
                        for number in 0..<20 {
                            _ = try await node.enqueue(
                                [NewMessage(body: "\(client)-\(number)")], queue: "jobs")
                        }
                    }
                }
            }
            let counts = node.status().counts
            #expect(counts.enqueued == 1280)
            #expect(counts.commits < 640)
            #expect(node.bodies.count == 1280)
        }
    }

    @Test("A full inbox refuses what is bounded and nothing else")
    func overload() async {
        let inbox = Inbox(limit: 2)
        let operation = Command.operation(.redrive(queue: "q", nil), { _ in })
        #expect(inbox.send(operation))
        #expect(inbox.send(operation))
        #expect(!inbox.send(operation))
        #expect(inbox.send(.demote))
        #expect(await inbox.take().count == 3)
        inbox.close()
        #expect(!inbox.send(.demote))
        #expect(await inbox.take().isEmpty)
    }
}
