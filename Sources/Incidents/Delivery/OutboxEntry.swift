import Playbooks
import Records

/// One notice on its way to one destination; a file of the outbox.
public struct OutboxEntry: Sendable, Codable, Equatable {
    public enum State: String, Sendable, Codable {
        case waiting, delivered
        /// It will not be tried again by itself.
        case refused
    }

    public var notice: Notice
    public var destination: String
    public var state: State
    /// Attempts begun; counted before each, so that one that a crash cut off is known.
    public var attempts: Int
    /// Nanoseconds since 1970.
    public var queuedAt: Int64
    public var nextAttemptAt: Int64
    public var settledAt: Int64?
    /// Why the last attempt failed; empty before the first and after a success.
    public var failure: String

    init(_ notice: Notice, to destination: String, now: Int64) {
        self.notice = notice
        self.destination = destination
        state = .waiting
        attempts = 0
        queuedAt = now
        nextAttemptAt = now
        failure = ""
    }

    /// The name of its file, without extension.
    var identifier: String { "\(notice.key).\(destination)" }
}

/// What became of one attempt.
public enum DeliveryResult: Sendable, Equatable {
    case delivered
    /// It may succeed later; `after` is what the destination asked for.
    case postponed(reason: String, after: Duration?)
    /// It would fail again.
    case refused(reason: String)
}

/// When a delivery is tried again, and when it is given up.
public struct DeliveryPolicy: Sendable, Equatable {
    /// The longest wait for one answer.
    public var patience: Duration = .seconds(10)
    public var firstWait: Duration = .seconds(1)
    public var longestWait: Duration = .seconds(600)
    /// The longest that a destination may ask to be left alone.
    public var longestRequestedWait: Duration = .seconds(3600)
    /// After how long an undelivered notice is given up.
    public var lifetime: Duration = .seconds(86_400)

    public init() {}

    /// The delivery before an attempt: counted, and not due again before this one must be over.
    func begun(_ delivery: OutboxEntry, now: Int64) -> OutboxEntry {
        var delivery = delivery
        delivery.attempts += 1
        delivery.nextAttemptAt = now &+ patience.nanoseconds
        return delivery
    }

    /// The delivery after an attempt.
    func settled(_ delivery: OutboxEntry, _ result: DeliveryResult, now: Int64) -> OutboxEntry {
        var delivery = delivery
        switch result {
        case .delivered:
            delivery.state = .delivered
            delivery.failure = ""
            delivery.settledAt = now
        case .refused(let reason):
            delivery.state = .refused
            delivery.failure = reason
            delivery.settledAt = now
        case .postponed(let reason, let after):
            delivery.failure = reason
            delivery.nextAttemptAt = now &+ wait(delivery, after).nanoseconds
            guard delivery.nextAttemptAt - delivery.queuedAt > lifetime.nanoseconds else { break }
            delivery.state = .refused
            delivery.failure = "given up after \(delivery.attempts) attempts: \(reason)"
            delivery.settledAt = now
        }
        return delivery
    }

    /// Doubles with every attempt, from three quarters of it to one and a quarter, by the key.
    ///
    /// So many deliveries that failed together do not come back together. What was asked for is kept to.
    func wait(_ delivery: OutboxEntry, _ requested: Duration?) -> Duration {
        if let requested { return min(max(requested, firstWait), longestRequestedWait) }
        let doublings = min(max(delivery.attempts - 1, 0), 30)
        let wait = min(firstWait * (1 << doublings), longestWait)
        var hash = SeededHash(seed: UInt64(delivery.attempts))
        for byte in delivery.identifier.utf8 { hash.add(UInt64(byte)) }
        return wait * (0.75 + hash.fraction / 2)
    }
}
