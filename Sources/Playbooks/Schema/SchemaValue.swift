/// A JSON value whose objects keep the order of their keys, so that its text is always the same.
indirect enum SchemaValue {
    case string(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case array([SchemaValue])
    case object([(key: String, value: SchemaValue)])

    /// An array of strings.
    static func strings(_ texts: [String]) -> SchemaValue { .array(texts.map(SchemaValue.string)) }

    /// The value as JSON, indented by two spaces a level.
    func text(indent: Int = 0) -> String {
        let inner = String(repeating: "  ", count: indent + 1)
        let outer = String(repeating: "  ", count: indent)
        switch self {
        case .string(let text): return Self.quoted(text)
        case .integer(let value): return String(value)
        case .number(let value): return decimals(value, 6)
        case .boolean(let value): return String(value)
        case .array(let values):
            guard !values.isEmpty else { return "[]" }
            let lines = values.map { inner + $0.text(indent: indent + 1) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let pairs):
            guard !pairs.isEmpty else { return "{}" }
            let lines = pairs.map { pair in
                "\(inner)\(Self.quoted(pair.key)): \(pair.value.text(indent: indent + 1))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
    }

    /// The value with pairs before its own, when it is an object.
    func with(_ pairs: [(key: String, value: SchemaValue)]) -> SchemaValue {
        guard case .object(let own) = self else { return self }
        return .object(pairs + own)
    }

    /// A string as RFC 8259 writes it.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
