import Glibc
import NIOCore

/// The end of a connection that one socket is: tells the connection, and does what it says.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Side { case client, server }

    private let side: Side
    private var connection: ProxyConnection?
    private var context: ChannelHandlerContext?

    init(side: Side, connection: ProxyConnection) {
        self.side = side
        self.connection = connection
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// The port of the peer that this socket is connected to; nil when it is not connected.
    var remotePort: Int? { context?.channel.remoteAddress?.port }

    func read() { context?.read() }

    func write(_ buffer: ByteBuffer) {
        context?.write(Self.wrapOutboundOut(buffer), promise: nil)
    }

    func flush() { context?.flush() }

    /// Sends a FIN once everything before it has gone to the kernel, then runs `done`.
    func closeOutput(_ done: @escaping () -> Void) {
        guard let context else { return done() }
        let flushed = context.eventLoop.makePromise(of: Void.self)
        flushed.futureResult.assumeIsolated().whenComplete { _ in
            self.context?.close(mode: .output, promise: nil)
            done()
        }
        // Closing fails writes that wait; an empty one resolves when those before it are through.
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: flushed)
    }

    func close() { context?.close(promise: nil) }

    /// Closes with a RST instead of a FIN: SO_LINGER of zero seconds (socket(7)).
    func reset() {
        guard let context else { return }
        if let options = context.channel as? any SocketOptionProvider {
            // On the channel's own loop the option is set before the close below.
            options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
        }
        context.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive, side == .client { connection?.begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connection = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if side == .client { connection?.begin() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.received(Self.unwrapInboundIn(data), from: side)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection?.readComplete(side)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { connection?.becameWritable(side) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { connection?.inputClosed(side) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.ended(side, by: .end)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection?.ended(side, by: .reset)
        context.close(promise: nil)
    }
}
