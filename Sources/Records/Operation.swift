/// One operation of the workload, from its intended start to its outcome.
///
/// An operation is what the workload wanted once; the tries it took are its ``attempts``. `ok` means
/// that the service acknowledged it, `failed` that it certainly did not happen, `indeterminate`
/// that it may or may not have happened (Jepsen's ok, fail, info).
public struct Operation: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case enqueue, reserve, acknowledge, refuse }
    public enum Outcome: String, Sendable, Codable { case ok, failed, indeterminate }

    public var kind: Kind
    /// Which producer or consumer: `p0`, `c3`, `drain`.
    public var client: String
    /// The message's identifier; nil for a reserve that delivered none of this drill's.
    public var message: MessageIdentifier?
    /// When the open-loop schedule wanted it to start; latency counts from here.
    public var intended: DrillTime
    public var ended: DrillTime
    public var outcome: Outcome
    /// The node that gave the last answer; empty when none did.
    public var node: String
    public var attempts: [Attempt]
    /// Whether a delivered body had the right checksum; nil for other kinds.
    ///
    /// Without a ``message``, true means a message that is not of this drill, false a message so
    /// damaged that nobody can say which it was, and nil that none was delivered.
    public var intact: Bool?
    /// A reserve's number of earlier deliveries of this message, as the service counts them.
    public var delivery: Int?

    public init(
        kind: Kind, client: String, message: MessageIdentifier? = nil, intended: DrillTime,
        ended: DrillTime, outcome: Outcome, node: String = "", attempts: [Attempt] = [],
        intact: Bool? = nil, delivery: Int? = nil
    ) {
        self.kind = kind
        self.client = client
        self.message = message
        self.intended = intended
        self.ended = ended
        self.outcome = outcome
        self.node = node
        self.attempts = attempts
        self.intact = intact
        self.delivery = delivery
    }

    /// The time from the intended start to the outcome: free of coordinated omission.
    public var latency: Nanoseconds { ended - intended }
}

/// One try of an operation.
public struct Attempt: Sendable, Codable, Equatable {
    public var node: String
    public var started: DrillTime
    public var ended: DrillTime
    public var outcome: Operation.Outcome
    /// `201`, `409`, `timeout`, `connection reset`: short and from a bounded set.
    public var answer: String
    /// The node that the answer named and the next attempt went to at once; nil after a backoff.
    public var redirect: String?

    public init(
        node: String, started: DrillTime, ended: DrillTime, outcome: Operation.Outcome,
        answer: String, redirect: String? = nil
    ) {
        self.node = node
        self.started = started
        self.ended = ended
        self.outcome = outcome
        self.answer = answer
        self.redirect = redirect
    }
}

/// A message of the workload: which producer sent it and as which of its messages.
///
/// Written as `p2-000417`.
public struct MessageIdentifier: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public var producer: Int
    public var sequence: Int

    public init(producer: Int, sequence: Int) {
        self.producer = producer
        self.sequence = sequence
    }

    /// Reads `p2-000417`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.first == "p" else { return nil }
        let parts = text.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let producer = Int(parts[0]), let sequence = Int(parts[1]),
            producer >= 0, sequence >= 0
        else { return nil }
        self.init(producer: producer, sequence: sequence)
    }

    public var description: String {
        let digits = String(sequence)
        return "p\(producer)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let identifier = MessageIdentifier(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no message identifier")
        }
        self = identifier
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public static func < (left: MessageIdentifier, right: MessageIdentifier) -> Bool {
        (left.producer, left.sequence) < (right.producer, right.sequence)
    }
}
