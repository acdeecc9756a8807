public import NIOCore

/// Someone who sees what clients send, at the time it reaches the proxy.
///
/// The calls come on event loops and must not block. The calls for one connection are in order.
public protocol ProxyTap: Sendable {
    /// Takes a chunk on its way from client to server, before any toxic touched it.
    ///
    /// `forwarded` is false when the server refused the connection, so that nobody got the bytes.
    func received(_ bytes: ByteBuffer, connection: UInt64, forwarded: Bool)

    /// Notes that a connection is over; its number does not come again.
    func closed(connection: UInt64)
}

extension ProxyTap {
    public func closed(connection: UInt64) {}
}
