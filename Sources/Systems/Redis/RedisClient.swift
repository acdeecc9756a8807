import Records

/// A client of the reliable list: LPUSH, BLMOVE to a list of deliveries in work, LREM.
///
/// Redis knows no idempotency key: an enqueue that is tried again after an indeterminate attempt
/// may be stored twice, and no lease: a delivery whose answer was lost stays in work until the
/// testbed's reaper gives it back.
struct RedisClient: QueueClient {
    private let client: RESPClient
    private let attempts: Int?

    /// Makes a client over `client`; a message is dead after `attempts` refusals, or never (nil).
    init(_ client: RESPClient, attempts: Int?) {
        self.client = client
        self.attempts = attempts
    }

    func enqueue(
        _ message: MessageIdentifier, body: [UInt8], queue: String, on node: String,
        deadline: Duration
    ) async -> Answer<Void> {
        let result = await client.send(
            [Array("LPUSH".utf8), Array(queue.utf8), body], deadline: deadline)
        return RedisAnswers.answer(result) { value in
            guard case .integer(let length) = value, length > 0 else { return nil }
            return .ok((), answer: "OK")
        }
    }

    func reserve(
        queue: String, on node: String, lease: Duration, wait: Duration, deadline: Duration
    ) async -> Answer<Delivery?> {
        // A timeout of 0 would wait for ever.
        let seconds = max(0.001, min(wait, deadline) / .seconds(1))
        let result = await client.send(
            "BLMOVE", queue, RedisKeys.inWork(queue), "RIGHT", "LEFT", "\(seconds)",
            deadline: deadline)
        return RedisAnswers.answer(result) { value in
            switch value {
            case .null: .ok(nil, answer: "none")
            case .bulk(let body):
                .ok(Delivery(handle: queue, body: body, number: nil), answer: "OK")
            default: nil
            }
        }
    }

    func acknowledge(_ delivery: Delivery, on node: String, deadline: Duration) async
        -> Answer<Void>
    {
        let result = await client.send(
            [
                Array("LREM".utf8), Array(RedisKeys.inWork(delivery.handle).utf8), [0x31],
                delivery.body,
            ], deadline: deadline)
        return RedisAnswers.answer(result, read: Self.removed)
    }

    func refuse(_ delivery: Delivery, reason: String, on node: String, deadline: Duration) async
        -> Answer<Void>
    {
        let queue = delivery.handle
        let keys = [
            queue, RedisKeys.inWork(queue), RedisKeys.dead(queue), RedisKeys.refusals(queue),
        ]
        let result = await client.send(
            [Array("EVAL".utf8), Array(Self.refuseScript.utf8), Array("4".utf8)]
                + keys.map { Array($0.utf8) }
                + [delivery.body, Array("\(attempts ?? 0)".utf8)],
            deadline: deadline)
        return RedisAnswers.answer(result, read: Self.removed)
    }

    func close() async {
        await client.close()
    }

    /// Moves a body from the list in work back to the queue, or to the dead list when it has been
    /// refused often enough; one script, because a crash between two commands would lose it.
    private static let refuseScript = """
        if redis.call('LREM', KEYS[2], 1, ARGV[1]) == 0 then return 0 end
        local limit = tonumber(ARGV[2])
        if limit > 0 and redis.call('HINCRBY', KEYS[4], ARGV[1], 1) >= limit then
            redis.call('HDEL', KEYS[4], ARGV[1])
            redis.call('LPUSH', KEYS[3], ARGV[1])
        else
            redis.call('LPUSH', KEYS[1], ARGV[1])
        end
        return 1
        """

    private static func removed(_ value: RESPValue) -> Answer<Void>? {
        switch value {
        case .integer(0):
            .failed(answer: "not in work", redirect: nil, retryAfter: nil, isFinal: true)
        case .integer: .ok((), answer: "OK")
        default: nil
        }
    }
}

/// The keys that one queue has in Redis.
enum RedisKeys {
    /// Deliveries that are neither acknowledged nor refused.
    static func inWork(_ queue: String) -> String { "\(queue):processing" }
    static func dead(_ queue: String) -> String { "\(queue):dead" }
    /// How often each body was refused.
    static func refusals(_ queue: String) -> String { "\(queue):refusals" }
}
