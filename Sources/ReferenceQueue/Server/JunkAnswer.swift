import NIOCore
import NIOHTTP1

/// Gives the answer to what is no HTTP its problem document.
///
/// The server that the router runs in answers junk by itself, with 400 and no body; every other
/// refusal of the service has a document, so that an empty 400 can be nothing else.
final class JunkAnswer: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private static let problem = Problem(
        status: 400, code: "not-http", title: "what was sent is no HTTP request")

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headers.first(name: "Content-Length") == "0"
        else {
            return context.write(data, promise: promise)
        }
        let document = Self.problem.document.buffer
        head.headers.replaceOrAdd(name: "Content-Type", value: "application/problem+json")
        head.headers.replaceOrAdd(name: "Content-Length", value: String(document.readableBytes))
        context.write(wrapOutboundOut(.head(head)), promise: promise)
        context.write(wrapOutboundOut(.body(.byteBuffer(document))), promise: nil)
    }
}
