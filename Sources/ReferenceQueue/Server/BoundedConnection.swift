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
    private let room: ConnectionRoom
    private let node: Node?

    init(
        limits: RequestLimits, load: ServerLoad, room: ConnectionRoom, node: Node?,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.limits = limits
        self.load = load
        self.room = room
        self.node = node
        connection = HTTP1Channel(
            responder: responder,
            configuration: .init(
                // The shortcut of a node knows better.
                idleTimeout: node == nil ? .nanoseconds(limits.idleTime.nanoseconds) : nil,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerFieldBytes,
                    maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        connection.setup(channel: channel, logger: logger).flatMapThrowing { [self] value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(
                type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let seat = room.admit(channel)
            if let seat {
                channel.closeFuture.whenComplete { [room] _ in room.leave(seat) }
            }
            let watch = ConnectionWatch(limits: limits, load: load, seat: seat)
            try pipeline.addHandler(watch, position: .after(decoder))
            try pipeline.addHandler(JunkAnswer(), position: .after(watch))
            if let node {
                try pipeline.addHandler(
                    RouterShortcut(node: node, load: load), position: .after(watch))
            }
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await connection.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 with limits on what a client may cost; a node's most frequent requests take a shortcut.
    static func bounded(
        _ limits: RequestLimits, load: ServerLoad, node: Node? = nil
    ) -> HTTPServerBuilder {
        let room = ConnectionRoom(limit: limits.connections)
        return HTTPServerBuilder {
            BoundedConnection(limits: limits, load: load, room: room, node: node, responder: $0)
        }
    }
}
