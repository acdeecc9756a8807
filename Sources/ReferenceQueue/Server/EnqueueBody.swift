/// The messages that an enqueue's body holds.
struct EnqueueBody: Sendable {
    /// The longest idempotency key, in bytes.
    static let keyBytes = 256

    /// What is to be enqueued.
    let messages: [NewMessage]
    /// Whether it asked for a batch, and is answered as one.
    let isBatch: Bool

    /// Reads a body; `headerKey` counts when there is one message and it has no key itself.
    init(_ bytes: [UInt8], headerKey: String?, _ limits: RequestLimits) throws(Problem) {
        let reader = try RequestReader(bytes)
        guard let batch = reader.document["messages"] else {
            guard (headerKey?.utf8.count ?? 0) <= Self.keyBytes else {
                throw .badRequest("Idempotency-Key is longer than \(Self.keyBytes) bytes")
            }
            messages = [try reader.message(headerKey: headerKey, limits)]
            isBatch = false
            return
        }
        try reader.takes(only: ["messages"])
        guard let elements = batch.array, !elements.isEmpty,
            elements.count <= limits.messagesPerRequest
        else {
            throw .badRequest("'messages' must be an array of 1 to \(limits.messagesPerRequest)")
        }
        messages = try elements.map { (element) throws(Problem) in
            try RequestReader(object: element).message(headerKey: nil, limits)
        }
        isBatch = true
    }
}
