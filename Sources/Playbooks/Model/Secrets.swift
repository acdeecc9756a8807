/// The secrets of one playbook, by name, and what stands for them in all that is written down.
///
/// They are found by value, wherever they have come to: in a command's arguments, an answer, an
/// error. A value is also found as it is written inside a JSON string.
public struct Secrets: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// Shorter values would be found in innocent text everywhere, so they are no secrets.
    public static let shortest = 6

    private struct Replacement: Equatable {
        var value: [UInt8]
        var mask: [UInt8]
    }

    /// Where each comes from: `password from env:DATABASE_PASSWORD`.
    public let sources: [String]

    /// The longest first, so that a secret that holds another one goes whole.
    private var replacements: [Replacement] = []

    /// - Parameter values: each secret's value by its name; values shorter than ``shortest`` bytes
    ///   are left out.
    /// - Parameter sources: where each comes from, for a person who is to allow it.
    public init(_ values: [String: String] = [:], sources: [String] = []) {
        self.sources = sources
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let mask = Array("(secret \(name))".utf8)
            for form in Set([Array(value.utf8), Self.escaped(value)])
            where form.count >= Self.shortest {
                replacements.append(Replacement(value: form, mask: mask))
            }
        }
        replacements.sort { ($1.value.count, $0.mask.count) < ($0.value.count, $1.mask.count) }
    }

    public var isEmpty: Bool { replacements.isEmpty }

    /// Says nothing of the values.
    public var description: String {
        sources.isEmpty ? "no secrets" : sources.joined(separator: ", ")
    }
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Puts `(secret NAME)` in the place of each value.
    public func redact(_ text: String) -> String {
        guard !isEmpty else { return text }
        return String(decoding: redact(Array(text.utf8)), as: UTF8.self)
    }

    /// Puts `(secret NAME)` in the place of each value.
    public func redact(_ bytes: [UInt8]) -> [UInt8] {
        replacements.reduce(bytes) { Self.replace($1, in: $0) }
    }

    private static func replace(_ replacement: Replacement, in bytes: [UInt8]) -> [UInt8] {
        let value = replacement.value
        guard let first = value.first, bytes.count >= value.count else { return bytes }
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index <= bytes.count - value.count {
            guard bytes[index] == first, bytes[index..<index + value.count].elementsEqual(value)
            else {
                index += 1
                continue
            }
            result += bytes[copied..<index] + replacement.mask
            index += value.count
            copied = index
        }
        return copied == 0 ? bytes : result + bytes[copied...]
    }

    /// The value as it stands inside a JSON string (RFC 8259, section 7).
    private static func escaped(_ value: String) -> [UInt8] {
        value.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
            case 0x0a: Array("\\n".utf8)
            case 0x0d: Array("\\r".utf8)
            case 0x09: Array("\\t".utf8)
            default: [byte]
            }
        }
    }
}
