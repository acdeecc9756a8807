import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on a free port of loopback that answers every connection's first bytes with a text.
struct LocalServer {
    let port: Int
    private let channel: any Channel
    private let text: Received

    /// What the connections sent, one after the other.
    var received: String { text.text.withLock(\.self) }

    /// Starts a server; a nil answer stays silent.
    static func start(answer: String?, security: NIOSSLContext? = nil) async throws -> LocalServer {
        let received = Received()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let security {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: security))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        Answerer(answer: answer, received: received))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LocalServer(port: channel.localAddress?.port ?? 0, channel: channel, text: received)
    }

    /// Starts a server that speaks HTTP: one status and one body for every request.
    static func http(
        _ status: Int, _ body: String = "", security: NIOSSLContext? = nil
    ) async throws -> LocalServer {
        try await start(
            answer: "HTTP/1.1 \(status) Word\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Connection: close\r\n\r\n\(body)", security: security)
    }

    func stop() async throws { try await channel.close() }
}

private final class Received: Sendable {
    let text = Mutex("")
}

private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String?
    private let received: Received

    init(answer: String?, received: Received) {
        self.answer = answer
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.text.withLock { $0 += String(buffer: unwrapInboundIn(data)) }
        guard let answer else { return }
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
            loopBound.value.close(promise: nil)
        }
    }
}
