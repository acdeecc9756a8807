/// One way in which a proxy disturbs the traffic that passes through it.
public enum Toxic: Sendable, Equatable {
    /// Delays every chunk by `delay` plus a draw from U(-jitter, jitter), never below zero.
    ///
    /// Each chunk has its own due time, so that throughput stays; the order of bytes is kept.
    case latency(Duration, jitter: Duration)
    /// Lets at most this many bytes a second pass, for each connection and direction.
    case bandwidth(bytesPerSecond: Int)
    /// Holds everything: nothing passes until the toxic is removed, and nothing is lost.
    case blackhole
    /// Resets new connections; those that are open live on.
    case refuse
    /// Resets every open connection, and new ones.
    case reset
}

/// Which way traffic flows through a proxy.
public enum ProxyDirection: String, Sendable, CaseIterable {
    /// From the client to the server.
    case upstream
    /// From the server to the client.
    case downstream
    case both
}

/// A toxic that is in: what to hand to ``FaultProxy/remove(_:)``.
public struct ToxicHandle: Hashable, Sendable {
    let number: UInt64
}

/// A toxic as the proxy holds it now.
public struct ActiveToxic: Sendable, Equatable {
    public var handle: ToxicHandle
    public var toxic: Toxic
    public var direction: ProxyDirection
}

/// What the removal of a toxic met.
public struct ToxicRemoval: Sendable, Equatable {
    /// The connections that were open.
    public var connections: Int
    /// The bytes that were held back at that moment; all of them were passed on, in order.
    public var bytesHeld: Int
}
