/// Reads the members of a request's JSON document; what does not fit is a 400 that says why.
struct RequestReader {
    let document: JSONValue

    /// Reads a document; an empty body counts as an empty object.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard !bytes.isEmpty else {
            try self.init(object: .object([]))
            return
        }
        let parsed: JSONValue
        do {
            parsed = try JSONParser.parse(bytes)
        } catch {
            throw .badRequest("\(error)")
        }
        try self.init(object: parsed)
    }

    /// Reads from a value that must be an object.
    init(object: JSONValue) throws(Problem) {
        guard case .object = object else { throw .badRequest("expected a JSON object") }
        document = object
    }

    /// Refuses members that the request does not take, which are misspelt or meant for another service.
    func takes(only names: [String]) throws(Problem) {
        guard case .object(let members) = document,
            let unknown = members.first(where: { !names.contains($0.name) })
        else { return }
        let known = names.map { "'\($0)'" }.joined(separator: ", ")
        throw .badRequest("'\(unknown.name.prefix(64))' is not a member here; use \(known)")
    }

    /// A string that must be there.
    func text(_ name: String, maximumBytes: Int) throws(Problem) -> String {
        guard let text = try optionalText(name, maximumBytes: maximumBytes) else {
            throw .badRequest("'\(name)' is missing")
        }
        return text
    }

    /// A string, or nil for null or nothing.
    func optionalText(_ name: String, maximumBytes: Int) throws(Problem) -> String? {
        switch document[name] {
        case nil, .null?: return nil
        case .string(let text)?:
            guard text.utf8.count <= maximumBytes else {
                throw .badRequest("'\(name)' is longer than \(maximumBytes) bytes")
            }
            return text
        default: throw .badRequest("'\(name)' must be a string")
        }
    }

    /// A whole number within a range, or nil for null or nothing.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        switch document[name] {
        case nil, .null?: return nil
        case let value?:
            guard let integer = value.integer, range.contains(integer) else {
                throw .badRequest(
                    "'\(name)' must be a whole number from \(range.lowerBound) to "
                        + "\(range.upperBound)")
            }
            return integer
        }
    }

    /// The receipt of a delivery.
    func receipt() throws(Problem) -> Receipt {
        guard let receipt = Receipt(try text("receipt", maximumBytes: 64)) else {
            throw .badRequest("'receipt' is not one that this service gave out")
        }
        return receipt
    }

    private static let messageMembers = [
        "body", "priority", "delay_ms", "max_attempts", "callback_url", "idempotency_key",
    ]

    /// One message to enqueue; the header's idempotency key counts when it has none itself.
    func message(
        headerKey: String?, _ limits: RequestLimits
    ) throws(Problem) -> NewMessage {
        try takes(only: Self.messageMembers)
        let message = NewMessage(
            body: try text("body", maximumBytes: limits.bodyBytes),
            priority: try integer("priority", in: -1_000_000_000...1_000_000_000) ?? 0,
            delay: try integer("delay_ms", in: limits.delays) ?? 0,
            maximumAttempts: try integer("max_attempts", in: 1...1000),
            callbackURL: try optionalText("callback_url", maximumBytes: 2048),
            idempotencyKey: try optionalText("idempotency_key", maximumBytes: 256) ?? headerKey)
        if let url = message.callbackURL, HTTPAddress(url) == nil {
            throw .badRequest("'callback_url' must be http://host[:port][/path]")
        }
        return message
    }
}
