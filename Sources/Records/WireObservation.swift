/// What the fault proxy saw of one attempt on the wire; a line of `wire.jsonl`.
///
/// The proxy is the outside judge of a client's retries: it stamps the time at which the request's
/// first bytes arrived, whatever became of them.
public struct WireObservation: Sendable, Codable, Equatable {
    public var time: DrillTime
    /// The node behind the proxy.
    public var node: String
    public var message: MessageIdentifier
    /// Whether the proxy had an upstream connection to pass it to.
    public var forwarded: Bool

    public init(time: DrillTime, node: String, message: MessageIdentifier, forwarded: Bool) {
        self.time = time
        self.node = node
        self.message = message
        self.forwarded = forwarded
    }
}
