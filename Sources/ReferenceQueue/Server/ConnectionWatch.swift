import NIOCore
import NIOHTTP1
import Synchronization

/// Closes a connection whose client sends a request, or reads an answer, too slowly; tells a request
/// that waits when its client hangs up.
///
/// A request that arrives as a whole costs no timer.
final class ConnectionWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: RequestLimits
    private let load: ServerLoad
    /// Whether a request has begun and not ended.
    private var isReceiving = false
    private var requestTimer: Scheduled<Void>?
    private var answerTimer: Scheduled<Void>?
    private var hasHungUp = false
    private var waiting: HangUp?

    init(limits: RequestLimits, load: ServerLoad) {
        self.limits = limits
        self.load = load
    }

    func handlerAdded(context: ChannelHandlerContext) {
        load.connections.add(1, ordering: .relaxed)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        load.connections.subtract(1, ordering: .relaxed)
        requestTimer?.cancel()
        answerTimer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isReceiving = true
        case .body: break
        case .end:
            isReceiving = false
            requestTimer?.cancel()
            requestTimer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isReceiving, requestTimer == nil {
            requestTimer = close(context, after: limits.requestTime) {
                $0.slowRequests.add(1, ordering: .relaxed)
            }
        }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            answerTimer?.cancel()
            answerTimer = nil
        } else if answerTimer == nil {
            answerTimer = close(context, after: limits.answerTime) {
                $0.slowReaders.add(1, ordering: .relaxed)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    /// Takes a ``HangUp`` from the request that waits; there is one at a time.
    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard let hangUp = event as? HangUp else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        if hasHungUp { hangUp.happen() } else { waiting = hangUp }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { hangUp() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hangUp()
        context.fireChannelInactive()
    }

    private func hangUp() {
        hasHungUp = true
        waiting?.happen()
        waiting = nil
    }

    private func close(
        _ context: ChannelHandlerContext, after time: Duration,
        count: @escaping (ServerLoad) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(time.nanoseconds)) {
            [load] in
            count(load)
            context.close(promise: nil)
        }
    }
}
