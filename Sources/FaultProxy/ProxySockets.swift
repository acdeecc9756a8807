import NIOCore
import NIOPosix
import Synchronization

/// How a proxy's sockets are set up.
enum ProxySockets {
    /// Grows to what bulk transfer wants and stays small on idle connections.
    private static let allocator = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 8192, maximum: 256 << 10)

    /// IP_BIND_ADDRESS_NO_PORT (ip(7)): the port is chosen by connect, from all that are free for
    /// this server, and not by bind, from those that nobody uses for anything.
    private static let bindWithoutPort = ChannelOptions.Types.SocketOption(
        level: .ip, name: .init(rawValue: 24))

    private static let sources = Atomic<UInt16>(0)

    /// The next of the addresses 127.70.0.0 to 127.70.255.255, all of which are this host's own.
    static func nextSourceAddress() -> String {
        let number = sources.wrappingAdd(1, ordering: .relaxed).newValue
        return "127.70.\(number >> 8).\(number & 0xff)"
    }

    static func listen(
        group: any EventLoopGroup, initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: allocator)
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    static func connect(
        port: Int, from source: String, on loop: any EventLoop,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let address: SocketAddress
        let sourceAddress: SocketAddress
        do {
            sourceAddress = try SocketAddress(ipAddress: source, port: 0)
            address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        } catch {
            return loop.makeFailedFuture(error)
        }
        return ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: allocator)
            .channelOption(bindWithoutPort, value: 1)
            .bind(to: sourceAddress)
            .connect(to: address)
    }
}
