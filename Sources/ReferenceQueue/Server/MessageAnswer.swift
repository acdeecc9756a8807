/// What a request about messages is answered with; its text is made where it is sent.
enum MessageAnswer: Sendable {
    case enqueued([Enqueued], isBatch: Bool)
    case delivered(Delivery)
    /// No message came in time, or a delivery is settled.
    case nothing

    /// The status of the answer.
    var status: Int {
        switch self {
        case .enqueued: 201
        case .delivered: 200
        case .nothing: 204
        }
    }

    /// The answer's document; nil when it has none.
    var document: JSONValue? {
        switch self {
        case .enqueued(let enqueued, isBatch: true):
            [
                "ids": .array(enqueued.map { .string($0.id.description) }),
                "duplicates": .count(enqueued.count(where: \.isDuplicate)),
            ]
        case .enqueued(let enqueued, isBatch: false):
            [
                "id": .text(enqueued.first?.id.description),
                "duplicate": .boolean(enqueued.first?.isDuplicate ?? false),
            ]
        case .delivered(let delivery):
            [
                "id": .string(delivery.message.id.description),
                "receipt": .string(delivery.receipt.description),
                "body": .string(delivery.message.body),
                "attempt": .integer(delivery.receipt.attempt),
                "priority": .integer(delivery.message.priority),
                "enqueued_at": .integer(delivery.message.enqueuedAt),
                "idempotency_key": .text(delivery.message.idempotencyKey),
            ]
        case .nothing: nil
        }
    }
}
