import NIOHTTP1

/// What clients ask for every message, by way of the router or past it.
enum MessageRequest: Sendable, Equatable {
    /// Messages for a queue; the header's idempotency key counts when there is one message.
    case enqueue(queue: String, key: String?)
    case reserve(queue: String)
    case acknowledge(MessageIdentifier)
    case reject(MessageIdentifier)
}

extension MessageRequest {
    /// The longest body read on a connection's own thread, whose other connections wait meanwhile.
    private static let bodyBytes = 65_536

    /// Reads a head; nil for every other request, for one that is uncommon in any way, and for one
    /// that is to be refused for its head.
    init?(_ head: HTTPRequestHead, limits: RequestLimits) {
        guard head.method == .POST, head.version == .http1_1,
            let request = Self(path: Substring(head.uri).utf8)
        else { return nil }
        self = request
        let limit = min(limits.bodyBytes, Self.bodyBytes)
        var hasLength = false
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 6 where name.lowercased() == "expect": return nil
            case 10 where name.lowercased() == "connection":
                guard value.lowercased() == "keep-alive" else { return nil }
            case 14 where name.lowercased() == "content-length":
                guard !hasLength, let bytes = Int(value), bytes <= limit else { return nil }
                hasLength = true
            case 15 where name.lowercased() == "idempotency-key":
                guard case .enqueue(let queue, nil) = self,
                    value.utf8.count <= EnqueueBody.keyBytes
                else { return nil }
                self = .enqueue(queue: queue, key: value)
            case 17 where name.lowercased() == "transfer-encoding": return nil
            default: break
            }
        }
        guard hasLength else { return nil }
    }

    private init?(path: Substring.UTF8View) {
        if let rest = path.after("/v1/queues/") {
            if let queue = rest.before("/messages"), QueueName.isValid(queue) {
                self = .enqueue(queue: String(Substring(queue)), key: nil)
            } else if let queue = rest.before("/reserve"), QueueName.isValid(queue) {
                self = .reserve(queue: String(Substring(queue)))
            } else {
                return nil
            }
        } else if let rest = path.after("/v1/messages/") {
            if let text = rest.before("/ack"), let id = MessageIdentifier(Substring(text)) {
                self = .acknowledge(id)
            } else if let text = rest.before("/nack"), let id = MessageIdentifier(Substring(text)) {
                self = .reject(id)
            } else {
                return nil
            }
        } else {
            return nil
        }
    }
}

extension Substring.UTF8View {
    fileprivate func after(_ start: StaticString) -> Self? {
        start.withUTF8Buffer { starts(with: $0) ? dropFirst($0.count) : nil }
    }

    fileprivate func before(_ end: StaticString) -> Self? {
        end.withUTF8Buffer { end in
            count > end.count && suffix(end.count).elementsEqual(end) ? dropLast(end.count) : nil
        }
    }
}
