/// A JSON document as RFC 8259 defines it, with integers kept exact.
///
/// Members of an object keep their order; a repeated name keeps its first value on look-up.
enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The value of a member, or nil when this is no object or has no such member.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, when this is a string.
    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The whole number, when this is one that fits 64 bits.
    var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The elements, when this is an array.
    var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The truth value, when this is one.
    var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }
}

/// One name and value of a JSON object.
struct JSONMember: Sendable, Equatable {
    var name: String
    var value: JSONValue
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember(name: $0.0, value: $0.1) })
    }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
    /// A string, or null for nil.
    static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    /// An integer of any width.
    static func count(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(value)) }
}
