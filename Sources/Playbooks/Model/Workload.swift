/// The load that a drill puts on the target while it is disturbed.
public struct Workload: Sendable, Equatable, Codable {
    /// The smallest ``payload`` that holds the identifier and the checksum of any message.
    public static let smallestPayload = ByteCount(40)

    /// The queue that is used; a drill adds nothing to its name.
    public var queue: String
    public var producers: Int
    public var consumers: Int
    /// Messages a second over all producers, open loop: the send times are fixed in advance.
    public var rate: Rate
    /// The size of a message's body, its identifier and checksum included.
    public var payload: ByteCount
    /// The share of messages that consumers always refuse, so that redelivery can be watched.
    public var poison: Ratio
    /// How long a consumer may hold a message before it is delivered again.
    public var lease: Duration
    /// The longest that one attempt may take.
    public var timeout: Duration
    /// How producers try again.
    public var retry: RetryPolicy

    public init(
        queue: String = "drill", producers: Int = 4, consumers: Int = 4,
        rate: Rate = Rate(perSecond: 100), payload: ByteCount = ByteCount(256),
        poison: Ratio = Ratio(0), lease: Duration = .seconds(10), timeout: Duration = .seconds(2),
        retry: RetryPolicy = RetryPolicy()
    ) {
        self.queue = queue
        self.producers = producers
        self.consumers = consumers
        self.rate = rate
        self.payload = payload
        self.poison = poison
        self.lease = lease
        self.timeout = timeout
        self.retry = retry
    }

    /// Whether any load is asked for; `workload` may be left out of a playbook of probes alone.
    public var isEmpty: Bool { producers == 0 && consumers == 0 }
}
