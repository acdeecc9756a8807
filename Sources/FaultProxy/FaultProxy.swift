public import NIOCore

/// A TCP proxy on loopback that can disturb what passes through it.
///
/// It lives in the drill's own process: when the drill dies, the kernel closes its sockets and no
/// toxic is left anywhere. Connections are accepted before the server has been asked; when the
/// server refuses, the client's first bytes go to the tap and its connection is reset.
public final class FaultProxy: Sendable {
    /// `clients to a`.
    public let name: String
    /// The port on 127.0.0.1 that it listens on.
    public let port: Int

    let core: ProxyCore
    private let listener: any Channel

    private init(name: String, port: Int, core: ProxyCore, listener: any Channel) {
        self.name = name
        self.port = port
        self.core = core
        self.listener = listener
    }

    /// Listens on a free port of 127.0.0.1 and passes connections on to `upstreamPort` there.
    ///
    /// The same `seed` gives the same jitter to the n-th connection. Throws when no port is free.
    public static func start(
        name: String, upstreamPort: Int, group: any EventLoopGroup, tap: (any ProxyTap)? = nil,
        seed: UInt64
    ) async throws -> FaultProxy {
        let core = ProxyCore(upstreamPort: upstreamPort, tap: tap, seed: seed)
        let listener = try await ProxySockets.listen(group: group) { channel in
            let connection = ProxyConnection(core: core, loop: channel.eventLoop)
            try channel.pipeline.syncOperations.addHandler(connection.makeClientHandler())
        }
        let port = listener.localAddress?.port ?? 0
        return FaultProxy(name: name, port: port, core: core, listener: listener)
    }

    /// Sends connections that are accepted from now on to another port of 127.0.0.1.
    public func setUpstream(port: Int) {
        core.upstreamPort = port
    }

    /// The address of loopback that connections to the server come from; of this proxy alone.
    ///
    /// By it the kernel can tell the packets of one link from all others to the same port.
    public var sourceAddress: String { core.sourceAddress }

    /// The port of 127.0.0.1 that new connections are passed on to.
    public var upstreamPort: Int { core.upstreamPort }

    /// Puts a toxic in; returns when every open connection has it, and new ones get it at once.
    public func add(_ toxic: Toxic, direction: ProxyDirection) async -> ToxicHandle {
        let handle = core.insert(toxic, direction: direction)
        _ = await core.onEveryConnection { $0.refresh() }
        return handle
    }

    /// Takes a toxic out; returns when every open connection is free of it.
    ///
    /// Bytes that only this toxic held back are sent on at once, in order and without loss.
    /// A toxic that is not in is no error.
    @discardableResult
    public func remove(_ handle: ToxicHandle) async -> ToxicRemoval {
        core.delete(handle)
        let result = await core.onEveryConnection { $0.refresh() }
        return ToxicRemoval(connections: result.connections, bytesHeld: result.sum)
    }

    /// The toxics that are in, oldest first.
    public var toxics: [ActiveToxic] { core.toxics }

    /// What passed through since the start.
    public var statistics: ProxyStatistics { core.statistics }

    /// Stops listening and resets every connection; safe to call twice.
    public func stop() async {
        core.stop()
        // The listener may be closed already: that is what is wanted.
        try? await listener.close().get()
        _ = await core.onEveryConnection { connection in
            connection.reset()
            return 0
        }
    }
}
