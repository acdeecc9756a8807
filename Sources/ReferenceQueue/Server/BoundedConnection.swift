import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// One client's connection: HTTP/1.1 within limits.
struct BoundedConnection: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let connection: HTTP1Channel
    private let limits: RequestLimits
    private let load: ServerLoad

    init(
        limits: RequestLimits, load: ServerLoad, responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.limits = limits
        self.load = load
        connection = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: .nanoseconds(limits.idleTime.nanoseconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerFieldBytes,
                    maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        connection.setup(channel: channel, logger: logger).flatMapThrowing { [limits, load] value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(
                type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                ConnectionWatch(limits: limits, load: load), position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await connection.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 with limits on what a client may cost.
    static func bounded(_ limits: RequestLimits, load: ServerLoad) -> HTTPServerBuilder {
        HTTPServerBuilder { BoundedConnection(limits: limits, load: load, responder: $0) }
    }
}
