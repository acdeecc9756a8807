import NIOCore
import NIOHTTP1

/// Turns exchanges into HTTP parts and parts into answers; one exchange at a time.
final class HTTPExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPExchange
    typealias OutboundOut = HTTPClientRequestPart

    private var answer: EventLoopPromise<HTTPAnswer>?
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard answer == nil, context.channel.isActive else {
            exchange.answer.fail(HTTPLinkError.closed)
            return
        }
        answer = exchange.answer
        let request = exchange.request
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.path)
        head.headers.add(name: "Host", value: request.host)
        if let authorization = request.authorization {
            head.headers.add(name: "Authorization", value: authorization)
        }
        if request.method != .GET {
            head.headers.add(name: "Content-Length", value: "\(request.body.readableBytes)")
            head.headers.add(name: "Content-Type", value: request.contentType)
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= HTTPLink.answerBytes else {
                return fail(HTTPLinkError.tooLarge, context: context)
            }
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            self.head = nil
            let finished = answer
            answer = nil
            finished?.succeed(
                HTTPAnswer(
                    status: Int(head.status.code), body: body,
                    keepsConnection: head.isKeepAlive))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(HTTPLinkError.closed, context: context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(HTTPLinkError.closed, context: context)
    }

    private func fail(_ error: HTTPLinkError, context: ChannelHandlerContext) {
        answer?.fail(error)
        answer = nil
        context.close(promise: nil)
    }
}
