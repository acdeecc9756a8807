import NIOCore
import NIOPosix

/// Ports of 127.0.0.1.
enum LoopbackPort {
    /// Picks a port that nobody listens on now.
    ///
    /// It is free again when this returns, so that another process may take it first: whoever
    /// starts a server on it must be ready to try another one.
    static func pick() async throws -> Int {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port
        try await listener.close().get()
        guard let port else {
            throw SystemError(attempt: "pick a port of 127.0.0.1", reason: "the listener has none")
        }
        return port
    }
}
