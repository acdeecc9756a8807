import Synchronization

/// What passed through a proxy since its start.
public struct ProxyStatistics: Sendable, Equatable {
    /// Connections that were accepted.
    public var connections: Int
    /// Connections that are open now.
    public var open: Int
    /// Connections that the server refused.
    public var refused: Int
    /// Bytes from clients, whether they could be forwarded or not.
    public var bytesUpstream: Int
    /// Bytes from the server.
    public var bytesDownstream: Int
    /// Chunks that a toxic held back.
    public var chunksDelayed: Int
}

/// The counters behind ``ProxyStatistics``, counted from every event loop.
final class ProxyCounters: Sendable {
    let connections = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let bytesUpstream = Atomic<Int>(0)
    let bytesDownstream = Atomic<Int>(0)
    let chunksDelayed = Atomic<Int>(0)

    func snapshot(open: Int) -> ProxyStatistics {
        ProxyStatistics(
            connections: connections.load(ordering: .relaxed), open: open,
            refused: refused.load(ordering: .relaxed),
            bytesUpstream: bytesUpstream.load(ordering: .relaxed),
            bytesDownstream: bytesDownstream.load(ordering: .relaxed),
            chunksDelayed: chunksDelayed.load(ordering: .relaxed))
    }
}
