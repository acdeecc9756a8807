import FoundationEssentials
import Records

/// Takes out what looks like a secret from files of JSON, and leaves every other byte as it is.
///
/// Records hold no secrets; this is the second line, before they leave the host.
enum RecordRedaction {
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// The same text with the value of every member masked whose name says secret, and every string
    /// redacted as a report's text is.
    static func redact(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        var copied = 0
        var key: ArraySlice<UInt8>?
        while let start = bytes[index...].firstIndex(of: quote) {
            guard let end = endOfString(in: bytes, from: start) else { break }
            index = end
            let literal = bytes[start..<end]
            if isName(bytes, end) {
                key = literal
                continue
            }
            if let changed = replacement(for: literal, key: key) {
                result += bytes[copied..<start] + changed
                copied = end
            }
            key = nil
        }
        return result + bytes[copied...]
    }

    private static func replacement(
        for literal: ArraySlice<UInt8>, key: ArraySlice<UInt8>?
    ) -> [UInt8]? {
        let name = key.map { String(decoding: $0, as: UTF8.self) } ?? ""
        if Redaction.isSecret(name[...]) { return Array("\"\(Redaction.mask)\"".utf8) }
        // Without one of these there is no name with a value in it.
        guard literal.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }),
            let text = try? JSONDecoder().decode(String.self, from: Data(literal))
        else { return nil }
        let redacted = Redaction.redact(text)
        guard redacted != text else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(redacted)).map { Array($0) }
            ?? Array("\"\(Redaction.mask)\"".utf8)
    }

    /// The index after the quote that ends the string; nil when a crash cut it off.
    private static func endOfString(in bytes: [UInt8], from start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == quote { return index + 1 }
            index += bytes[index] == backslash ? 2 : 1
        }
        return nil
    }

    private static func isName(_ bytes: [UInt8], _ end: Int) -> Bool {
        var index = end
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x0A { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: ":")
    }
}
