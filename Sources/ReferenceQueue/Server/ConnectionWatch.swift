import NIOCore
import NIOHTTP1
import Synchronization

/// Closes a connection whose client sends a request, or reads an answer, too slowly; tells a request
/// that waits when its client hangs up; refuses a connection that finds no place.
///
/// A request that arrives as a whole costs no timer.
final class ConnectionWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: RequestLimits
    private let load: ServerLoad
    private let seat: ConnectionRoom.Seat?
    /// Whether a request has begun and not ended.
    private var isReceiving = false
    /// Whether what has just been read was more than the beginning of a head.
    private var hasReadPart = false
    /// Requests without a whole answer.
    private var unanswered = 0
    private var requestTimer: Scheduled<Void>?
    private var answerTimer: Scheduled<Void>?
    private var hasHungUp = false
    private var waiting: HangUp?

    init(limits: RequestLimits, load: ServerLoad, seat: ConnectionRoom.Seat?) {
        self.limits = limits
        self.load = load
        self.seat = seat
    }

    func handlerAdded(context: ChannelHandlerContext) {
        load.connections.add(1, ordering: .relaxed)
        guard seat == nil else { return }
        requestTimer = context.eventLoop.assumeIsolated().scheduleTask(in: ConnectionRoom.grace) {
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        load.connections.subtract(1, ordering: .relaxed)
        requestTimer?.cancel()
        answerTimer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        guard let seat else { return refuse(unwrapInboundIn(data), context) }
        switch unwrapInboundIn(data) {
        case .head:
            isReceiving = true
            unanswered += 1
            seat.begin()
        case .body: break
        case .end:
            isReceiving = false
            requestTimer?.cancel()
            requestTimer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasReadPart, unanswered == 0, !hasHungUp { isReceiving = true }
        hasReadPart = false
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

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            // Junk is answered as well, and was never a request.
            unanswered = max(0, unanswered - 1)
            if unanswered == 0 { seat?.rest() }
        }
        context.write(data, promise: promise)
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

    /// Answers the first request of a connection for which there is no room.
    private func refuse(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard case .head = part else { return }
        let problem = Problem.overloaded("all connections are busy")
        let document = problem.document.buffer
        let head = HTTPResponseHead(
            version: .http1_1, status: .tooManyRequests,
            headers: [
                "Content-Type": "application/problem+json", "Retry-After": "1",
                "Content-Length": "\(document.readableBytes)", "Connection": "close",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(document))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            bound.value.close(promise: nil)
        }
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
