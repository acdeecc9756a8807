/// The bounds on a document, checked on its bytes before a parser sees them.
///
/// Composing costs some 200 bytes of memory a node, and hashing an aliased key costs its whole
/// expansion; both are bounded here from above by counting the characters without which YAML cannot
/// begin a node or an alias. Text that merely looks like them is counted as well.
enum DocumentLimits {
    static let bytes = 4 << 20
    static let nodes = 400_000
    static let depth = 64
    static let aliases = 16
    static let bytesWithAliases = 64 << 10

    /// Answers the text of `bytes`, or nil after reporting what is wrong with it.
    static func text(of bytes: [UInt8], problems: ProblemCollector) -> String? {
        guard bytes.count <= Self.bytes else {
            problems.add(
                "the playbook has \(ByteCount(Int64(bytes.count)).text);"
                    + " at most \(ByteCount(Int64(Self.bytes)).text) are read", at: .none)
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add("the playbook is not UTF-8 text", at: placeOfInvalidText(in: bytes))
            return nil
        }
        guard checkCharacters(bytes, problems) else { return nil }
        return text
    }

    private static func checkCharacters(_ bytes: [UInt8], _ problems: ProblemCollector) -> Bool {
        var line = 1
        var lineStart = 0
        var structure = 1
        var aliases = 0
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = index + 1
                structure += 1
            case UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                break
            case 0..<0x20, 0x7F:
                problems.add(
                    "the control character U+\(hexadecimal(bytes[index])) is not allowed",
                    at: Place(line: line, column: index - lineStart + 1))
                return false
            case UInt8(ascii: "*") where startsAlias(bytes, index):
                aliases += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{"),
                UInt8(ascii: "-"), UInt8(ascii: "?"):
                structure += 1
            default: break
            }
        }
        if structure > nodes {
            problems.add(
                "the playbook has too many parts (at most \(nodes) values are read)", at: .none)
        }
        if aliases > Self.aliases || (aliases > 0 && bytes.count > bytesWithAliases) {
            problems.add(
                "the playbook uses too many aliases (at most \(Self.aliases) '*name', in a document"
                    + " of at most \(ByteCount(Int64(bytesWithAliases)).text)); use variables",
                at: .none)
        }
        return problems.isEmpty
    }

    /// An alias stands at the start of a token and is named by letters, digits, `-` and `_`.
    private static func startsAlias(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard index + 1 < bytes.count else { return false }
        switch bytes[index + 1] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            break
        default: return false
        }
        guard index > 0 else { return true }
        // A plain scalar goes on after any of these; nothing else can stand before an alias.
        switch bytes[index - 1] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
            return false
        default: return true
        }
    }

    private static func placeOfInvalidText(in bytes: [UInt8]) -> Place {
        var parser = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var place = Place(line: 1, column: 1)
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar):
                if UTF8.decode(scalar) == "\n" {
                    place = Place(line: place.line + 1, column: 1)
                } else {
                    place.column += 1
                }
            case .error, .emptyInput: return place
            }
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
