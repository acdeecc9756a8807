import NIOCore

/// A protocol in which a client sends one request and reads one answer, then the next.
///
/// A value belongs to one connection and keeps what has arrived of the current answer.
protocol ExchangeWire: SendableMetatype {
    associatedtype Request: Sendable
    associatedtype Answer: Sendable
    /// What the connection's codecs hand over, and take.
    associatedtype Inbound
    associatedtype Outbound

    /// Makes the wire of a new connection; an answer of more than `maximumAnswer` bytes is refused.
    init(maximumAnswer: Int)

    /// Adds the codecs that stand between the socket and this wire; called on the channel's loop.
    static func addCodecs(to channel: any Channel) throws

    /// What an error of the codecs means; nil when it is not one that they name.
    static func reason(for error: any Error) -> ExchangeFailure.Reason?

    /// Forgets the last answer and says what to write for the next request.
    mutating func begin(_ request: Request, allocator: ByteBufferAllocator) -> [Outbound]

    /// Takes in what arrived; an answer once it is whole, nil before.
    mutating func receive(_ part: Inbound) throws(WireError) -> WireAnswer<Answer>?
}

extension ExchangeWire {
    static func reason(for error: any Error) -> ExchangeFailure.Reason? { nil }
}

/// A whole answer, and whether its connection can carry another exchange.
struct WireAnswer<Answer> {
    var answer: Answer
    var keepsConnection: Bool
}

/// What a wire says of bytes that are no answer.
struct WireError: Error {
    var reason: ExchangeFailure.Reason
    var detail: String
}
