/// A message's number: the epoch that made it in the upper bits, a count within it in the lower.
///
/// Two primaries of different epochs can therefore never give one number to two messages.
struct MessageIdentifier: Sendable, Hashable, Comparable, CustomStringConvertible {
    var rawValue: Int64

    init(rawValue: Int64) { self.rawValue = rawValue }

    /// The number of the given message of an epoch; counts stay below 2^36.
    init(epoch: Int64, count: Int64) { rawValue = epoch << 36 | count }

    /// Reads the hexadecimal text that `description` writes.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 16, let value = Int64(text, radix: 16), value >= 0 else {
            return nil
        }
        rawValue = value
    }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    var description: String { String(rawValue, radix: 16) }
}

/// A message with everything about it that outlives a restart.
struct Message: Sendable, Equatable {
    var id: MessageIdentifier
    var queue: String
    var body: String
    /// Higher comes first.
    var priority: Int64 = 0
    /// How often delivery is tried before the message is dead.
    var maximumAttempts: Int64 = 5
    var callbackURL: String?
    var idempotencyKey: String?
    /// Milliseconds since 1970.
    var enqueuedAt: Int64
    /// Milliseconds since 1970 before which the message is not delivered.
    var availableAt: Int64
    /// How often delivery has failed.
    var failures: Int64 = 0
    var lastError: String?
    var isDead = false
}

/// What a producer asks to be enqueued.
struct NewMessage: Sendable, Equatable {
    var body: String
    var priority: Int64 = 0
    /// Milliseconds.
    var delay: Int64 = 0
    var maximumAttempts: Int64?
    var callbackURL: String?
    var idempotencyKey: String?
}

/// One durable change of the queue's state; a commit is a list of them.
enum Change: Sendable, Equatable {
    case enqueue(Message)
    case acknowledge(MessageIdentifier)
    /// Delivery failed; the next one is not before the given time.
    case retry(MessageIdentifier, error: String, availableAt: Int64)
    /// Delivery failed for the last time.
    case bury(MessageIdentifier, error: String)
    /// Out of the dead letters, with its attempts counted anew.
    case redrive(MessageIdentifier, availableAt: Int64)
}

/// The place of a commit in history.
struct CommitPosition: Sendable, Hashable, Comparable {
    var index: Int64 = 0
    var epoch: Int64 = 0

    /// A later epoch goes further, however many commits an earlier one had.
    static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.index) < (right.epoch, right.index)
    }
}

/// The changes that became durable together.
struct Commit: Sendable, Equatable {
    var position: CommitPosition
    var changes: [Change]
}
