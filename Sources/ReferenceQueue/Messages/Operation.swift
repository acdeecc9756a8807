/// What a client, a lapsed lease or a callback asks of the durable state.
enum Operation: Sendable {
    case enqueue(queue: String, [NewMessage])
    /// Already answered with these numbers: the weakness `ack-before-commit`.
    case enqueueAnswered([Message])
    case acknowledge(MessageIdentifier, Receipt)
    case reject(MessageIdentifier, Receipt, error: String)
    /// Nil means all dead letters of the queue.
    case redrive(queue: String, [MessageIdentifier]?)

    /// Whether it needs more space on disk than it gives back.
    var grows: Bool {
        switch self {
        case .enqueue, .enqueueAnswered: true
        case .acknowledge, .reject, .redrive: false
        }
    }
}

/// What became of an operation.
enum Outcome: Sendable, Equatable {
    case enqueued([Enqueued])
    case settled
    case redriven(Int)
    case refused(Problem)
}

/// The answer about one enqueued message.
struct Enqueued: Sendable, Equatable {
    var id: MessageIdentifier
    /// Whether its idempotency key was known already.
    var isDuplicate: Bool
}
