import NIOCore
import NIOHTTP1
import Synchronization

/// Answers the requests that every message causes on the connection's own thread; every other one
/// goes on to the router.
///
/// An enqueue is to cost little beside its share of a commit, and the router's tasks, streams and
/// header conversions cost several times that. Answers keep the order of their requests: a request
/// is taken here only when the router owes no answer, and what follows it waits until it is
/// answered. As requests taken here are unknown to what comes after, this also closes the
/// connection when it is idle.
final class RouterShortcut: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let node: Node
    private let service: MessageService
    private let load: ServerLoad
    private var limits: RequestLimits { node.configuration.limits }
    /// Requests that the router has and has not answered.
    private var routed = 0
    /// A request that has begun and not ended.
    private var receiving: MessageRequest?
    private var body = ByteBuffer()
    /// Whether a request waits for its commit, or for a message.
    private var isAnswering = false
    /// What came after a request that waits; at most one read's worth, for then reading pauses.
    private var heldParts = CircularBuffer<HTTPServerRequestPart>()
    private var heldEvents: [HeldEvent] = []
    private var holdsRead = false
    private var date = HTTPDate()
    private var lastUse = NIODeadline.now()
    private var idleTimer: Scheduled<Void>?

    /// What happened to the connection while an answer was owed.
    private enum HeldEvent {
        case event(Any)
        case error(any Error)
    }

    init(node: Node, load: ServerLoad) {
        self.node = node
        service = MessageService(node: node)
        self.load = load
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let idleTime = TimeAmount.nanoseconds(limits.idleTime.nanoseconds)
        closeWhenIdle(context, since: .now(), for: idleTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        idleTimer?.cancel()
        idleTimer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastUse = .now()
        let part = unwrapInboundIn(data)
        if isAnswering { heldParts.append(part) } else { take(part, context) }
    }

    /// Reads no more for a client that sends faster than it is answered, or reads no answers.
    func read(context: ChannelHandlerContext) {
        if heldParts.isEmpty, context.channel.isWritable {
            context.read()
        } else {
            holdsRead = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !isAnswering { readOn(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Holds an end back that would cut off the answer.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isAnswering || (receiving != nil && event is ChannelShouldQuiesceEvent) {
            heldEvents.append(.event(event))
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Holds junk's answer back until what came before it is answered.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isAnswering {
            heldEvents.append(.error(error))
        } else {
            context.fireErrorCaught(error)
        }
    }

    /// Performs nothing more for a client that is gone.
    func channelInactive(context: ChannelHandlerContext) {
        heldParts.removeAll()
        heldEvents.removeAll()
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            // Junk is answered as well, and was never a request.
            routed = max(0, routed - 1)
            lastUse = .now()
        }
        context.write(data, promise: promise)
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            if routed == 0, let request = MessageRequest(head, limits: limits) {
                receiving = request
                return
            }
            routed += 1
        case .body(var bytes):
            if receiving != nil {
                body.writeBuffer(&bytes)
                return
            }
        case .end:
            if let request = receiving {
                receiving = nil
                perform(request, context)
                return
            }
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    private func perform(_ request: MessageRequest, _ context: ChannelHandlerContext) {
        isAnswering = true
        load.requests.add(1, ordering: .relaxed)
        let bytes = Array(body.readableBytesView)
        // A large body's memory is not kept for the small ones that may follow.
        if body.capacity > 4096 { body = ByteBuffer() } else { body.clear() }
        let loop = context.eventLoop
        let shortcut = NIOLoopBound(self, eventLoop: loop)
        let bound = NIOLoopBound(context, eventLoop: loop)
        // Never from within this call, or many requests that need not wait would exhaust the stack.
        let reply: MessageService.Reply = { result in
            loop.execute { shortcut.value.answer(result, bound.value) }
        }
        do throws(Problem) {
            if let hangUp = try service.perform(request, body: bytes, reply: reply) {
                context.triggerUserOutboundEvent(hangUp, promise: nil)
            }
        } catch {
            reply(.failure(error))
        }
    }

    private func answer(
        _ result: Result<MessageAnswer, Problem>, _ context: ChannelHandlerContext
    ) {
        load.requests.subtract(1, ordering: .relaxed)
        switch result {
        case .success(let answer):
            write(answer.status, "application/json", answer.document, context)
        case .failure(let problem):
            write(
                problem.status, "application/problem+json", problem.document, context,
                retryAfter: problem.retryAfter)
        }
        lastUse = .now()
        isAnswering = false
        goOn(context)
    }

    private func write(
        _ status: Int, _ type: String, _ document: JSONValue?, _ context: ChannelHandlerContext,
        retryAfter: Int? = nil
    ) {
        var headers = HTTPHeaders([("Date", date.text(at: TimeSource.sinceEpoch))])
        let bytes = document?.buffer
        if let bytes {
            headers.add(name: "Content-Type", value: type)
            headers.add(name: "Content-Length", value: String(bytes.readableBytes))
        }
        if let retryAfter { headers.add(name: "Retry-After", value: String(retryAfter)) }
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let bytes { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Takes what was held back, up to the next request that is answered here.
    private func goOn(_ context: ChannelHandlerContext) {
        if !heldParts.isEmpty {
            while !isAnswering, let part = heldParts.popFirst() { take(part, context) }
            context.fireChannelReadComplete()
        }
        guard !isAnswering else { return }
        let events = heldEvents
        heldEvents = []
        for held in events {
            switch held {
            case .event(let event): context.fireUserInboundEventTriggered(event)
            case .error(let error): context.fireErrorCaught(error)
            }
        }
        readOn(context)
    }

    private func readOn(_ context: ChannelHandlerContext) {
        guard holdsRead, context.channel.isWritable else { return }
        holdsRead = false
        context.read()
    }

    private func closeWhenIdle(
        _ context: ChannelHandlerContext, since start: NIODeadline, for idleTime: TimeAmount
    ) {
        idleTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: start + idleTime) {
            let isBusy = self.isAnswering || self.routed > 0
            let start = isBusy ? NIODeadline.now() : self.lastUse
            if start + idleTime <= .now() {
                context.close(promise: nil)
            } else {
                self.closeWhenIdle(context, since: start, for: idleTime)
            }
        }
    }
}
