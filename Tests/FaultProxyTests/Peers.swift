import FaultProxy
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Runs `body` with a proxy in front of an echo server, and stops both.
func withEchoProxy(
    tap: (any ProxyTap)? = nil, seed: UInt64 = 7,
    _ body: (FaultProxy) async throws -> Void
) async throws {
    let server = try await EchoServer.start()
    let proxy = try await FaultProxy.start(
        name: "clients to a", upstreamPort: server.localAddress?.port ?? 0,
        group: .singletonMultiThreadedEventLoopGroup, tap: tap, seed: seed)
    do {
        try await body(proxy)
    } catch {
        await proxy.stop()
        try await server.close()
        throw error
    }
    await proxy.stop()
    try await server.close()
}

/// Sends back what comes, and a FIN after a FIN.
final class EchoServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static func start() async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 512)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoServer())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        let flushed = context.eventLoop.makePromise(of: Void.self)
        flushed.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: flushed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

typealias ClientChannel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

func connect(port: Int) async throws -> ClientChannel {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try ClientChannel(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
}

/// Sends the chunks, then a FIN, and returns all that comes back until the other side's FIN.
func exchange(port: Int, _ chunks: [[UInt8]]) async throws -> [UInt8] {
    try await connect(port: port).executeThenClose { inbound, outbound in
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                for chunk in chunks { try await outbound.write(ByteBuffer(bytes: chunk)) }
                outbound.finish()
                return []
            }
            group.addTask {
                var received: [UInt8] = []
                for try await buffer in inbound { received += buffer.readableBytesView }
                return received
            }
            var all: [UInt8] = []
            for try await part in group { all += part }
            return all
        }
    }
}

/// Expects that sending the chunks brings exactly `expected` back.
func expectAnswer(port: Int, _ chunks: [[UInt8]], _ expected: [UInt8]) async throws {
    let answer = try await exchange(port: port, chunks)
    #expect(answer == expected)
}

/// A tap that keeps what it was given.
final class RecordingTap: ProxyTap {
    struct Seen {
        var bytes: [UInt8] = []
        var forwarded: [Bool] = []
        var closed = 0
    }

    private let state = Mutex(Seen())

    var seen: Seen { state.withLock { $0 } }

    func received(_ bytes: ByteBuffer, connection: UInt64, forwarded: Bool) {
        state.withLock {
            $0.bytes += bytes.readableBytesView
            $0.forwarded.append(forwarded)
        }
    }

    func closed(connection: UInt64) {
        state.withLock { $0.closed += 1 }
    }
}

/// A port that refuses connections for as long as the value lives: bound, but not listening.
final class RefusingPort {
    let port: Int
    private let descriptor: Int32

    init() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(descriptor, address, length)
                _ = getsockname(descriptor, address, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}

/// Waits until `condition` holds, at most ten seconds, and says whether it does.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<1000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
