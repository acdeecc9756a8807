import FaultProxy
import NIOCore
import NIOPosix
import Records
import Synchronization
import Testing

@Suite("A proxy without toxics", .timeLimit(.minutes(1)))
struct RelayTests {
    @Test("passes bytes on unchanged, whatever their chunks", arguments: [1, 2, 3, 4])
    func exact(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let chunks = (0..<60).map { _ in
            (0..<Int.random(in: 1...50_000, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
        }
        try await withEchoProxy { proxy in
            let received = try await exchange(port: proxy.port, chunks)
            #expect(received == Array(chunks.joined()))
            #expect(proxy.statistics.bytesUpstream == received.count)
            #expect(proxy.statistics.bytesDownstream == received.count)
            #expect(proxy.statistics.chunksDelayed == 0)
        }
    }

    @Test("passes a half-close on and still brings the answer back")
    func halfClose() async throws {
        try await withEchoProxy { proxy in
            // The echo server only closes after the client's FIN, so an end is proof of both.
            try await expectAnswer(port: proxy.port, [Array("ask".utf8)], Array("ask".utf8))
            try await expectAnswer(port: proxy.port, [], [])
            #expect(try await eventually { proxy.statistics.open == 0 })
        }
    }

    @Test("carries 256 connections at once")
    func manyConnections() async throws {
        try await withEchoProxy { proxy in
            let port = proxy.port
            let good = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<256 {
                    group.addTask {
                        let body = [UInt8](repeating: UInt8(number), count: 10_000)
                        return try await exchange(port: port, [body]) == body
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(good == 256)
            #expect(proxy.statistics.connections == 256)
            #expect(try await eventually { proxy.statistics.open == 0 })
        }
    }

    @Test("shows the tap every byte of the client")
    func tap() async throws {
        let tap = RecordingTap()
        try await withEchoProxy(tap: tap) { proxy in
            let body = [UInt8](repeating: 9, count: 100_000)
            _ = try await exchange(port: proxy.port, [body])
            #expect(tap.seen.bytes == body)
            #expect(tap.seen.forwarded.allSatisfy { $0 })
            #expect(try await eventually { tap.seen.closed == 1 })
        }
    }

    @Test("shows the tap what a refusing server never got, then resets the client")
    func refusedUpstream() async throws {
        let refusing = RefusingPort()
        let tap = RecordingTap()
        let proxy = try await FaultProxy.start(
            name: "clients to a", upstreamPort: refusing.port,
            group: .singletonMultiThreadedEventLoopGroup, tap: tap, seed: 1)
        await #expect(throws: (any Error).self) {
            try await connect(port: proxy.port).executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "lost"))
                for try await _ in inbound {}
            }
        }
        #expect(tap.seen.bytes == Array("lost".utf8))
        #expect(tap.seen.forwarded == [false])
        #expect(proxy.statistics.refused == 1)
        await proxy.stop()
    }

    @Test("resets a silent client of a refusing server as well")
    func refusedSilent() async throws {
        let refusing = RefusingPort()
        let proxy = try await FaultProxy.start(
            name: "clients to a", upstreamPort: refusing.port,
            group: .singletonMultiThreadedEventLoopGroup, seed: 1)
        await #expect(throws: (any Error).self) {
            try await connect(port: proxy.port).executeThenClose { inbound, _ in
                for try await _ in inbound {}
            }
        }
        await proxy.stop()
    }

    @Test("sends new connections to the new port after a restart of the server")
    func setUpstream() async throws {
        let refusing = RefusingPort()
        try await withEchoProxy { proxy in
            let good = proxy.upstreamPort
            proxy.setUpstream(port: refusing.port)
            await #expect(throws: (any Error).self) {
                let answer = try await exchange(port: proxy.port, [[1]])
                // A FIN instead of a RST would be an answer, and a lie.
                #expect(answer == [1])
            }
            proxy.setUpstream(port: good)
            try await expectAnswer(port: proxy.port, [[1, 2]], [1, 2])
        }
    }

    @Test("dials from an address of its own, by which its packets are known")
    func sourceAddress() async throws {
        let peers = Mutex<[String]>([])
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                let address = channel.remoteAddress?.ipAddress ?? "none"
                peers.withLock { $0.append(address) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoServer())
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        var addresses: [String] = []
        for _ in 1...2 {
            let proxy = try await FaultProxy.start(
                name: "clients to a", upstreamPort: server.localAddress?.port ?? 0,
                group: .singletonMultiThreadedEventLoopGroup, seed: 1)
            addresses.append(proxy.sourceAddress)
            try await expectAnswer(port: proxy.port, [[1]], [1])
            await proxy.stop()
        }
        try await server.close()
        #expect(addresses.allSatisfy { $0.hasPrefix("127.70.") })
        #expect(Set(addresses).count == 2)
        #expect(peers.withLock { $0 } == addresses)
    }

    @Test("stops: open connections break, new ones find nobody")
    func stop() async throws {
        try await withEchoProxy { proxy in
            let client = try await connect(port: proxy.port)
            await #expect(throws: (any Error).self) {
                try await client.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: "a"))
                    for try await _ in inbound { await proxy.stop() }
                }
            }
            #expect(proxy.statistics.open == 0)
            await #expect(throws: (any Error).self) { try await connect(port: proxy.port) }
        }
    }
}
