import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that answers bytes with what a test scripts.
final class ScriptedServer: Sendable {
    /// What to do when a request has arrived whole.
    enum Reaction: Sendable {
        case answer(String)
        /// Answers, then closes the connection.
        case answerAndClose(String)
        /// Writes something and resets the connection (RST).
        case reset(after: String)
        case close
        case silence
    }

    private struct Counters {
        var connections = 0
        var open = 0
        var requests: [String] = []
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: ScriptedServer
        private var pending = ""

        init(server: ScriptedServer) { self.server = server }

        func channelActive(context: ChannelHandlerContext) {
            defer { if server.closesAtOnce { react(.reset(after: ""), context: context) } }
            server.counters.withLock { counters in
                counters.connections += 1
                counters.open += 1
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            server.counters.withLock { $0.open -= 1 }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending += String(buffer: unwrapInboundIn(data))
            while let end = server.requestEnd(pending) {
                let request = String(pending[..<end])
                pending = String(pending[end...])
                server.counters.withLock { $0.requests.append(request) }
                react(server.script(request), context: context)
            }
        }

        private func react(_ reaction: Reaction, context: ChannelHandlerContext) {
            switch reaction {
            case .answer(let text): write(text, context: context)
            case .answerAndClose(let text):
                write(text, context: context)
                context.close(promise: nil)
            case .close: context.close(promise: nil)
            case .silence: break
            case .reset(let text):
                write(text, context: context)
                // Closing with a linger time of 0 sends RST (socket(7)).
                guard let options = context.channel as? any SocketOptionProvider else { return }
                options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            }
        }

        private func write(_ text: String, context: ChannelHandlerContext) {
            guard !text.isEmpty else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }

    private let script: @Sendable (String) -> Reaction
    private let closesAtOnce: Bool
    private let requestEnd: @Sendable (String) -> String.Index?
    private let counters = Mutex(Counters())
    private let channel = Mutex<(any Channel)?>(nil)

    /// Listens on a port that the kernel picks; stop it at the end of the test.
    ///
    /// With `closesAtOnce` every connection is reset as soon as it is accepted.
    init(
        closesAtOnce: Bool = false,
        requestEnd: @escaping @Sendable (String) -> String.Index? = ScriptedServer.httpRequestEnd,
        script: @escaping @Sendable (String) -> Reaction
    ) async throws {
        self.closesAtOnce = closesAtOnce
        self.script = script
        self.requestEnd = requestEnd
        let channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .serverChannelOption(.backlog, value: 128)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(server: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.channel.withLock { $0 = channel }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
    /// How many connections were ever made.
    var connections: Int { counters.withLock(\.connections) }
    var openConnections: Int { counters.withLock(\.open) }
    var requests: [String] { counters.withLock(\.requests) }

    func stop() async throws {
        try await channel.withLock { $0 }?.close().get()
    }

    /// Where the first HTTP request with its body ends; nil while it is not whole.
    static func httpRequestEnd(_ text: String) -> String.Index? {
        guard let head = text.firstRange(of: "\r\n\r\n") else { return nil }
        let fields = text[..<head.lowerBound].split(separator: "\r\n")
        let length = fields.compactMap { field in
            field.hasPrefix("Content-Length: ") ? Int(field.dropFirst(16)) : nil
        }.first
        let bytes = text.utf8
        return bytes.index(head.upperBound, offsetBy: length ?? 0, limitedBy: bytes.endIndex)
    }

    /// A well-formed answer.
    static func answer(_ status: Int, body: String = "", fields: String = "") -> String {
        "HTTP/1.1 \(status) Text\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
