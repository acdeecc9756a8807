import FaultProxy
import NIOCore
import Records
import Testing

@Suite("A proxy's toxics", .timeLimit(.minutes(1)))
struct ToxicTests {
    struct NoAnswer: Error {}

    /// Round trips of one byte over one connection.
    private func roundTrips(
        _ count: Int, port: Int, each: (Int) async -> Void = { _ in }
    ) async throws -> [Duration] {
        try await connect(port: port).executeThenClose { inbound, outbound in
            var iterator = inbound.makeAsyncIterator()
            var times: [Duration] = []
            for number in 0..<count {
                await each(number)
                let start = ContinuousClock.now
                try await outbound.write(ByteBuffer(bytes: [UInt8(number)]))
                // A write into a reset connection may take the error, and the read see an end.
                guard let answer = try await iterator.next() else { throw NoAnswer() }
                #expect(Array(answer.readableBytesView) == [UInt8(number)])
                times.append(ContinuousClock.now - start)
            }
            return times
        }
    }

    @Test(
        "delay every round trip by what was asked, never less",
        arguments: [
            (direction: ProxyDirection.upstream, factor: 1), (.downstream, 1), (.both, 2),
        ])
    func latency(direction: ProxyDirection, factor: Int) async throws {
        try await withEchoProxy { proxy in
            _ = await proxy.add(.latency(.milliseconds(20), jitter: .zero), direction: direction)
            let times = try await roundTrips(12, port: proxy.port).sorted()
            #expect(times[0] >= .milliseconds(20 * factor))
            #expect(times[6] < .milliseconds(20 * factor * 6))
            #expect(proxy.statistics.chunksDelayed == 12 * factor)
        }
    }

    @Test("reach connections that are open, and leave them again")
    func liveConnections() async throws {
        try await withEchoProxy { proxy in
            var handle: ToxicHandle?
            let times = try await roundTrips(9, port: proxy.port) { number in
                if number == 3 {
                    handle = await proxy.add(
                        .latency(.milliseconds(100), jitter: .zero), direction: .upstream)
                }
                if number == 6, let handle { await proxy.remove(handle) }
            }
            #expect(times[3...5].allSatisfy { $0 >= .milliseconds(100) })
            #expect(times[..<3].min() ?? .zero < .milliseconds(100))
            #expect(times[6...].min() ?? .zero < .milliseconds(100))
            #expect(proxy.toxics.isEmpty)
        }
    }

    @Test("keep the throughput: a thousand chunks wait together, not one after another")
    func throughput() async throws {
        try await withEchoProxy { proxy in
            _ = await proxy.add(.latency(.milliseconds(50), jitter: .zero), direction: .both)
            let chunks = (0..<1000).map { [UInt8](repeating: UInt8($0 % 256), count: 1000) }
            let start = ContinuousClock.now
            let received = try await exchange(port: proxy.port, chunks)
            #expect(received == Array(chunks.joined()))
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test("keep the order under jitter larger than the gaps")
    func jitterOrder() async throws {
        try await withEchoProxy { proxy in
            _ = await proxy.add(
                .latency(.milliseconds(5), jitter: .milliseconds(5)), direction: .both)
            let chunks = (0..<500).map { number in (0..<97).map { UInt8(($0 &* number) % 251) } }
            try await expectAnswer(port: proxy.port, chunks, Array(chunks.joined()))
        }
    }

    @Test("give every held byte back, in order, when they are removed")
    func removal() async throws {
        try await withEchoProxy { proxy in
            let handle = await proxy.add(
                .latency(.seconds(600), jitter: .seconds(60)), direction: .upstream)
            var generator = SeededGenerator(seed: 3)
            let body = (0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let port = proxy.port
            async let received = exchange(port: port, [body])
            #expect(try await eventually { proxy.statistics.bytesUpstream == body.count })
            let removal = await proxy.remove(handle)
            #expect(removal.connections == 1)
            #expect(removal.bytesHeld == body.count)
            let answer = try await received
            #expect(answer == body)
        }
    }

    @Test("hold everything while a black hole is in, and lose nothing of it")
    func blackhole() async throws {
        try await withEchoProxy { proxy in
            let handle = await proxy.add(.blackhole, direction: .downstream)
            let port = proxy.port
            async let received = exchange(port: port, [[1, 2, 3]])
            #expect(try await eventually { proxy.statistics.bytesUpstream == 3 })
            await proxy.remove(handle)
            let answer = try await received
            #expect(answer == [1, 2, 3])
        }
    }

    @Test("let no more pass than the bandwidth")
    func bandwidth() async throws {
        try await withEchoProxy { proxy in
            _ = await proxy.add(.bandwidth(bytesPerSecond: 200_000), direction: .upstream)
            let start = ContinuousClock.now
            let body = [UInt8](repeating: 5, count: 60_000)
            try await expectAnswer(port: proxy.port, [body], body)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
        }
    }

    @Test("refuse new connections and leave open ones alone")
    func refuse() async throws {
        try await withEchoProxy { proxy in
            let times = try await roundTrips(2, port: proxy.port) { number in
                if number == 1 { _ = await proxy.add(.refuse, direction: .both) }
            }
            #expect(times.count == 2)
            await #expect(throws: (any Error).self) {
                _ = try await roundTrips(1, port: proxy.port)
            }
        }
    }

    @Test("reset open connections")
    func reset() async throws {
        try await withEchoProxy { proxy in
            await #expect(throws: (any Error).self) {
                _ = try await roundTrips(2, port: proxy.port) { number in
                    if number == 1 { _ = await proxy.add(.reset, direction: .both) }
                }
            }
        }
    }
}
