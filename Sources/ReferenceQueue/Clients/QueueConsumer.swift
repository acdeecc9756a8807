public import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// A sample consumer: reserves messages and settles them, doing no work.
public struct QueueConsumer: Sendable {
    /// Base URLs of the nodes; the consumer stays with the one that serves.
    public var nodes: [String]
    /// The queue to consume.
    public var queue: String
    /// The share of deliveries to report as failed, 0 to 1.
    public var failureShare = 0.0
    /// How many messages to settle before `run` returns; nil for no end.
    public var limit: Int?
    /// How long a reservation lasts.
    public var lease = Duration.seconds(30)
    /// Seed of the choice which deliveries fail.
    public var seed: UInt64 = 0

    /// A consumer of a queue on some nodes.
    public init(nodes: [String], queue: String) {
        self.nodes = nodes
        self.queue = queue
    }

    /// Consumes until the limit is reached or the task is cancelled or shut down in order, which
    /// ends within a second; gives how many it settled.
    ///
    /// Throws when a node's address is not `http://host:port`.
    public func run(logger: Logger) async throws -> Int {
        let links = try nodes.map { node in
            guard let address = HTTPAddress(node) else {
                throw StoreError("the address is not http://host:port: \(node)")
            }
            return HTTPLink(host: address.host, port: address.port)
        }
        guard !links.isEmpty else { throw StoreError("a consumer needs a node's address") }
        var generator = SeededGenerator(seed: seed)
        var settled = 0
        var current = 0
        var trouble = ""
        while !Task.isCancelled, !Task.isShuttingDownGracefully, limit.map({ settled < $0 }) ?? true
        {
            do {
                let fails = Double.random(in: 0..<1, using: &generator) < failureShare
                if try await consume(from: links[current], fails: fails) { settled += 1 }
                trouble = ""
            } catch {
                if trouble != "\(error)" {
                    trouble = "\(error)"
                    logger.notice("next node", metadata: ["reason": "\(trouble)"])
                }
                current = (current + 1) % links.count
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        return settled
    }

    /// Takes and settles one message; false when none came.
    private func consume(from link: HTTPLink, fails: Bool) async throws -> Bool {
        let wanted: JSONValue = [
            "wait_ms": 1000, "lease_ms": .integer(Int64(lease.milliseconds)),
        ]
        let reserved = try await link.send(
            .POST, "/v1/queues/\(queue)/reserve", body: wanted.buffer, timeout: .seconds(5))
        if reserved.status == 204 { return false }
        guard reserved.status == 200, let id = reserved.document["id"]?.string,
            let receipt = reserved.document["receipt"]?.string
        else { throw StoreError("reserve was answered \(reserved.status)") }
        let settlement: JSONValue =
            fails
            ? ["receipt": .string(receipt), "error": "the sample failed it"]
            : ["receipt": .string(receipt)]
        let settled = try await link.send(
            .POST, "/v1/messages/\(id)/\(fails ? "nack" : "ack")", body: settlement.buffer,
            timeout: .seconds(5))
        // A stale receipt is another consumer's message now: nothing to do about it.
        guard settled.status == 204 || settled.status == 404 || settled.status == 409 else {
            throw StoreError("settling was answered \(settled.status)")
        }
        return settled.status == 204
    }
}
