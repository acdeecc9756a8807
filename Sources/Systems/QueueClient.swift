public import Records

/// A client of a queue service: one connection pool's worth of single attempts.
///
/// A client never tries again by itself and never moves to another node: the workload does both, so
/// that every attempt is seen and counted. Every call returns within its deadline. No call throws:
/// what went wrong is in the answer, with the outcome it means for the ledger.
public protocol QueueClient: Sendable {
    /// Asks `node` to store one message under an idempotency key that is the message's identifier.
    func enqueue(
        _ message: MessageIdentifier, body: [UInt8], queue: String, on node: String,
        deadline: Duration
    ) async -> Answer<Void>

    /// Asks `node` for one message, waiting up to `wait` for it; nil when none came.
    func reserve(
        queue: String, on node: String, lease: Duration, wait: Duration, deadline: Duration
    ) async -> Answer<Delivery?>

    /// Tells `node` that a delivery is done with.
    func acknowledge(_ delivery: Delivery, on node: String, deadline: Duration) async
        -> Answer<Void>

    /// Tells `node` that a delivery could not be worked on, so that it comes again later.
    func refuse(_ delivery: Delivery, reason: String, on node: String, deadline: Duration) async
        -> Answer<Void>

    /// Closes every connection.
    func close() async
}

/// What one attempt came to.
public enum Answer<Value: Sendable>: Sendable {
    case ok(Value, answer: String)
    /// It certainly did not happen; `redirect` names the node to ask instead, `retryAfter` the
    /// wait that the service asked for, `isFinal` that no retry can help.
    case failed(answer: String, redirect: String?, retryAfter: Duration?, isFinal: Bool)
    /// It may or may not have happened.
    case indeterminate(answer: String)
}

/// A message handed out to a consumer.
public struct Delivery: Sendable, Equatable {
    /// The service's handle, with which the delivery is acknowledged or refused.
    public var handle: String
    public var body: [UInt8]
    /// Which delivery of this message it is, from 1; nil when the service does not count.
    public var number: Int?

    public init(handle: String, body: [UInt8], number: Int?) {
        self.handle = handle
        self.body = body
        self.number = number
    }
}
