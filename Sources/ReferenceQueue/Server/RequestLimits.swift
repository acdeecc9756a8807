/// What clients may cost a node or an arbiter: sizes, numbers and times.
public struct RequestLimits: Sendable {
    /// Bytes of a request's body.
    public var bodyBytes = 1 << 20
    /// Bytes of one header field.
    public var headerFieldBytes = 8192
    /// Bytes of all header fields of a request.
    public var headerBytes = 32_768
    /// How many header fields a request may have.
    public var headerFields = 64
    /// How many connections are served at once; a further one takes the place of the one that has
    /// waited longest for a request, or is refused while all are busy.
    public var connections = 4096
    /// How long a request may take to arrive, from its first byte to its end.
    public var requestTime = Duration.seconds(10)
    /// How long a client may take to read what waits for it, once its receive window is full.
    public var answerTime = Duration.seconds(30)
    /// How long a connection may be without a request.
    public var idleTime = Duration.seconds(75)
    /// How many messages one request may enqueue.
    public var messagesPerRequest = 1000
    /// How many consumers may wait for a message at once; fewer than connections, which wait for it.
    public var waiters = 2048
    /// How many operations may wait for a commit; fewer than connections, which wait for it.
    public var operations = 2048
    /// The longest a reserve may wait for a message.
    public var longestWait = Duration.seconds(60)
    /// The longest lease or delay of a message.
    public var longestLease = Duration.seconds(7 * 24 * 3600)

    /// The limits that hold unless others are given.
    public init() {}
}

extension RequestLimits {
    /// The lengths in milliseconds that a lease may have.
    var leases: ClosedRange<Int64> { 1...Int64(longestLease.milliseconds) }
    /// The lengths in milliseconds that a delay may have.
    var delays: ClosedRange<Int64> { 0...Int64(longestLease.milliseconds) }
    /// The times in milliseconds that a reserve may wait.
    var waits: ClosedRange<Int64> { 0...Int64(longestWait.milliseconds) }
}
