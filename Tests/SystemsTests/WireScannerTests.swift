import NIOCore
import Records
import Testing

@testable import Systems

@Suite("Wire scanners")
struct WireScannerTests {
    private static func enqueue(_ key: String, body: String = "{}") -> String {
        "POST /v1/queues/drill/messages HTTP/1.1\r\nHost: a\r\nidempotency-Key:  \(key)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func scan<Scanner: WireScanner>(
        _ type: Scanner.Type, _ text: String, pieces: some Sequence<Int>
    ) -> [MessageIdentifier] {
        var scanner = Scanner()
        var found: [MessageIdentifier] = []
        var rest = Array(text.utf8)[...]
        for size in pieces where !rest.isEmpty {
            found += scanner.scan(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        found += scanner.scan(Array(rest))
        return found
    }

    private static let expected = [
        MessageIdentifier(producer: 0, sequence: 1), MessageIdentifier(producer: 3, sequence: 77),
        MessageIdentifier(producer: 0, sequence: 1),
    ]

    private static let http =
        enqueue("p0-000001")
        + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        + "POST /v1/queues/drill/reserve HTTP/1.1\r\nIdempotency-Key: p9-000009\r\n"
        + "Content-Length: 2\r\n\r\n{}"
        // A body that looks like a request must not be taken for one.
        + enqueue("p3-000077", body: enqueue("p8-000008"))
        + "POST /v1/messages/1/ack HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
        + enqueue("no identifier")
        + enqueue("p0-000001")

    private static var redis: String {
        func command(_ words: String...) -> String {
            String(
                decoding: RESPValue.command(words.map { Array($0.utf8) }), as: UTF8.self)
        }
        return command("LPUSH", "q", "fd1 run7 p0-000001 0a1b padding")
            + command("PING") + command("LPUSH", "q", "not ours")
            + command("BLMOVE", "q", "q:processing", "RIGHT", "LEFT", "1")
            + command("LPUSH", "q", "fd1 run7 p3-000077 0a1b LPUSH\r\nfd1 run7 p8-000008 0a1b x")
            + command("LREM", "q:processing", "1", "fd1 run7 p3-000077 0a1b x")
            + command("LPUSH", "q", "fd1 run7 p0-000001 0a1b")
    }

    @Test(
        "enqueues are found however the bytes come in pieces", arguments: [1, 2, 3, 7, 64, 4_096])
    func findsInPieces(size: Int) {
        let pieces = repeatElement(size, count: 4_096)
        #expect(Self.scan(ReferenceScanner.self, Self.http, pieces: pieces) == Self.expected)
        #expect(Self.scan(RedisScanner.self, Self.redis, pieces: pieces) == Self.expected)
    }

    @Test("enqueues are found in random pieces", arguments: 0..<100)
    func findsInRandomPieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = (0..<400).map { _ in Int.random(in: 1...40, using: &generator) }
        #expect(Self.scan(ReferenceScanner.self, Self.http, pieces: pieces) == Self.expected)
        #expect(Self.scan(RedisScanner.self, Self.redis, pieces: pieces) == Self.expected)
    }

    @Test(
        "a connection that is not understood is given up, and stays so",
        arguments: [
            String(repeating: "x", count: 20_000), "\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        ])
    func givesUp(_ text: String) {
        var scanner = ReferenceScanner()
        #expect(scanner.scan(Array(text.utf8)).isEmpty)
        #expect(scanner.scan(Array(Self.http.utf8)).isEmpty)
        #expect(!scanner.isInMidRequest)
    }

    @Test("a Redis connection that is not understood is given up, and stays so")
    func givesUpRedis() {
        var scanner = RedisScanner()
        #expect(scanner.scan(Array("PING\r\n".utf8)).isEmpty)
        #expect(scanner.scan(Array(Self.redis.utf8)).isEmpty)
    }

    @Test("the time of an attempt is when its first byte arrived")
    func timesFirstByte() {
        let log = WireLog()
        let clock = StepClock()
        let tap = WireTap<ReferenceScanner>(node: "a", log: log, now: clock.now)
        let first = Array(Self.enqueue("p0-000001").utf8)
        let second = Array(Self.enqueue("p0-000002").utf8)
        // At 1 ns half of the first; at 2 its rest and half of the second; at 3 the rest.
        tap.received(ByteBuffer(bytes: first.prefix(30)), connection: 1, forwarded: true)
        tap.received(
            ByteBuffer(bytes: first.dropFirst(30) + second.prefix(30)), connection: 1,
            forwarded: true)
        tap.received(ByteBuffer(bytes: second.dropFirst(30)), connection: 1, forwarded: false)
        #expect(log.observations.map(\.time.nanoseconds) == [1, 2])
        #expect(log.observations.map(\.forwarded) == [true, false])
        #expect(log.observations.allSatisfy { $0.node == "a" })
    }

    @Test("connections are told apart, and forgotten when they close")
    func tellsConnectionsApart() {
        let log = WireLog()
        let tap = WireTap<ReferenceScanner>(node: "a", log: log, now: StepClock().now)
        let request = Array(Self.enqueue("p0-000001").utf8)
        tap.received(ByteBuffer(bytes: request.prefix(40)), connection: 1, forwarded: true)
        tap.received(ByteBuffer(bytes: request), connection: 2, forwarded: true)
        tap.closed(connection: 1)
        tap.received(ByteBuffer(bytes: request), connection: 1, forwarded: true)
        #expect(log.observations.count == 2)
    }
}
