import Glibc
import NIOCore

/// The last handler of a client's connection: carries one exchange at a time.
final class ExchangeHandler<Wire: ExchangeWire>: ChannelInboundHandler {
    typealias InboundIn = Wire.Inbound
    typealias OutboundOut = Wire.Outbound

    private let pool: ExchangePool<Wire>
    private var wire: Wire
    private var current: Exchange<Wire>?
    private var context: ChannelHandlerContext?

    init(pool: ExchangePool<Wire>, maximumAnswer: Int) {
        self.pool = pool
        wire = Wire(maximumAnswer: maximumAnswer)
    }

    var isActive: Bool { context?.channel.isActive ?? false }

    /// Writes the request of `exchange`; false when the connection is gone and nothing was written.
    func start(_ exchange: Exchange<Wire>) -> Bool {
        guard let context, isActive else { return false }
        current = exchange
        exchange.sent(by: self)
        for part in wire.begin(exchange.request, allocator: context.channel.allocator) {
            context.write(wrapOutboundOut(part), promise: nil)
        }
        context.flush()
        return true
    }

    /// Drops an exchange that has ended by itself; its late answer must not meet the next one.
    func abandon() {
        current = nil
        close()
    }

    func close() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange = current else {
            // Nobody asked: what follows could be taken for the answer to the next request.
            context.close(promise: nil)
            return
        }
        do {
            guard let whole = try wire.receive(unwrapInboundIn(data)) else { return }
            current = nil
            exchange.succeed(whole.answer)
            if whole.keepsConnection {
                pool.release(self)
            } else {
                context.close(promise: nil)
            }
        } catch {
            end(error.reason, detail: error.detail, context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason: ExchangeFailure.Reason
        switch error {
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE:
            reason = .reset
        case is IOError: reason = .closed
        case is ChannelError: reason = .closed
        default: reason = Wire.reason(for: error) ?? .malformedAnswer
        }
        end(reason, detail: "\(error)", context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed, detail: "the service closed the connection", context: nil)
    }

    /// The one sign of a connection's end that always comes.
    ///
    /// A channel that is closed, or whose write fails, while its connect is still being told of ends
    /// without `channelInactive`; counting on that would lose the connection's place in the pool.
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end(.closed, detail: "the connection ended as it was made", context: nil)
        pool.closed(self)
    }

    private func end(
        _ reason: ExchangeFailure.Reason, detail: String, context: ChannelHandlerContext?
    ) {
        let exchange = current
        current = nil
        exchange?.fail(reason, detail: detail)
        context?.close(promise: nil)
    }
}
