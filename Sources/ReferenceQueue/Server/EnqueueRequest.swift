import NIOHTTP1

/// An enqueue as its head announces it, when there is nothing uncommon about it.
struct EnqueueRequest {
    /// The queue that the path names.
    let queue: String
    /// The idempotency key that the header names.
    let key: String?

    /// The longest body, in bytes: reading a longer one would hold up the thread's connections.
    private static let bodyBytes = 65_536

    /// Reads a head; nil for every other request, and for one that is to be refused for its head.
    init?(_ head: HTTPRequestHead, limits: RequestLimits) {
        guard head.method == .POST, head.version == .http1_1,
            let queue = Self.queue(inPath: head.uri.utf8)
        else { return nil }
        let limit = min(limits.bodyBytes, Self.bodyBytes)
        var length: Int?
        var key: String?
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 6 where name.lowercased() == "expect": return nil
            case 10 where name.lowercased() == "connection":
                guard value.lowercased() == "keep-alive" else { return nil }
            case 14 where name.lowercased() == "content-length":
                guard length == nil, let bytes = Int(value), bytes <= limit else { return nil }
                length = bytes
            case 15 where name.lowercased() == "idempotency-key":
                guard key == nil, value.utf8.count <= EnqueueBody.keyBytes else { return nil }
                key = value
            case 17 where name.lowercased() == "transfer-encoding": return nil
            default: break
            }
        }
        guard length != nil else { return nil }
        self.queue = queue
        self.key = key
    }

    private static func queue(inPath path: String.UTF8View) -> String? {
        let start = "/v1/queues/".utf8
        let end = "/messages".utf8
        guard path.count > start.count + end.count, path.starts(with: start),
            path.suffix(end.count).elementsEqual(end)
        else { return nil }
        let name = path.dropFirst(start.count).dropLast(end.count)
        return QueueName.isValid(name) ? String(Substring(name)) : nil
    }
}

/// The messages that an enqueue's body holds, and what is answered about them.
struct EnqueueBody: Sendable {
    /// The longest idempotency key, in bytes.
    static let keyBytes = 256

    /// What is to be enqueued.
    let messages: [NewMessage]
    private let isBatch: Bool

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

    /// The answer once the messages are durable.
    func answer(_ enqueued: [Enqueued]) throws(Problem) -> JSONValue {
        guard let first = enqueued.first else { throw .storage("no answer") }
        guard isBatch else {
            return [
                "id": .string(first.id.description), "duplicate": .boolean(first.isDuplicate),
            ]
        }
        return [
            "ids": .array(enqueued.map { .string($0.id.description) }),
            "duplicates": .count(enqueued.count(where: \.isDuplicate)),
        ]
    }
}
