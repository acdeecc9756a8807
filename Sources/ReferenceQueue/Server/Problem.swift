/// An answer that says what was refused, why, and what to do (RFC 9457).
struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    var status: Int
    /// A short name that programs compare.
    var code: String
    var title: String
    /// Further members of the document.
    var members: [JSONMember] = []
    /// Seconds after which a client may try again.
    var retryAfter: Int?

    var description: String { "\(status) \(code): \(title)" }

    /// Whether the same request may succeed later.
    var isTransient: Bool { status == 429 || status >= 500 }

    /// The problem document.
    var document: JSONValue {
        .object(
            [
                JSONMember(name: "type", value: .string("urn:refqueue:problem:\(code)")),
                JSONMember(name: "title", value: .string(title)),
                JSONMember(name: "status", value: .count(status)),
                JSONMember(name: "code", value: .string(code)),
            ] + members)
    }

    static func badRequest(_ reason: String) -> Problem {
        Problem(status: 400, code: "bad-request", title: reason)
    }

    static let unauthorized = Problem(
        status: 401, code: "unauthorized",
        title: "this is for nodes of the service: the cluster token is missing or wrong")

    static func notFound(_ what: String) -> Problem {
        Problem(status: 404, code: "not-found", title: "there is no \(what)")
    }

    static func unknownMessage(_ id: MessageIdentifier) -> Problem {
        notFound("message \(id): it was never enqueued here or is acknowledged")
    }

    static func staleReceipt(_ id: MessageIdentifier) -> Problem {
        Problem(
            status: 409, code: "stale-receipt",
            title: "the lease of message \(id) has lapsed or belongs to another delivery")
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            status: 413, code: "body-too-large",
            title: "the request body is longer than \(limit) bytes")
    }

    static func overloaded(_ reason: String) -> Problem {
        Problem(
            status: 429, code: "overloaded", title: "\(reason); try again later", retryAfter: 1)
    }

    static let noLease = Problem(
        status: 503, code: "no-lease",
        title: "this node cannot tell whether it is still the primary; ask the other one",
        retryAfter: 1)

    static func stopping() -> Problem {
        Problem(status: 503, code: "stopping", title: "this node is stopping", retryAfter: 1)
    }

    static let diskFull = Problem(
        status: 507, code: "disk-full",
        title: "the disk is full and nothing was stored; service resumes when space returns",
        retryAfter: 1)

    static func storage(_ reason: String) -> Problem {
        Problem(status: 503, code: "storage", title: "the store failed: \(reason)")
    }

    /// The answer of a node that is not the primary; the primary's name and address, when known.
    static func notPrimary(name: String?, address: String?) -> Problem {
        Problem(
            status: 409, code: "not-primary",
            title: "this node is not the primary" + (name.map { "; \($0) is" } ?? ""),
            members: [
                JSONMember(name: "primary", value: .text(name)),
                JSONMember(name: "primary_address", value: .text(address)),
            ])
    }
}
