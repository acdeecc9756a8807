/// Takes out what looks like a secret before text of a playbook or a command is shown.
///
/// Records hold no secrets; this is the second line, for one that somebody wrote down literally.
public enum Redaction {
    private static let names = [
        "password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "credential",
        "authorization", "private_key", "private-key", "auth",
    ]
    /// What stands where a secret was.
    public static let mask = "(redacted)"

    /// Replaces the value of every `name: value` and `name=value` whose name says secret, and the
    /// user's part of every URL.
    public static func redact(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { redactLine(String($0)) }.joined(separator: "\n")
    }

    /// A command line on which the values of options whose names say secret are taken out:
    /// `--password=VALUE`, `--password VALUE`, `PASSWORD=VALUE`, and the user's part of every URL.
    ///
    /// Only what is named so can be told: `-p VALUE` may be a port.
    public static func redact(arguments: [String]) -> String {
        var isValue = false
        return arguments.map { argument in
            if isValue, !argument.hasPrefix("-") {
                isValue = false
                return mask
            }
            if argument.hasPrefix("-"), let equals = argument.firstIndex(of: "="),
                isSecret(argument[..<equals])
            {
                isValue = false
                return argument[...equals] + mask
            }
            // What a shell is given holds words of its own.
            let words = argument.split(separator: " ", omittingEmptySubsequences: false)
            return words.map { word in
                let wasValue = isValue
                isValue = word.hasPrefix("-") && !word.contains("=") && isSecret(word)
                return wasValue && !word.hasPrefix("-") ? mask : redact(word: word)
            }.joined(separator: " ")
        }.joined(separator: " ")
    }

    private static func redact(word: Substring) -> String {
        guard let equals = word.firstIndex(of: "="), isSecret(word[..<equals]) else {
            return redact(String(word))
        }
        return word[...equals] + mask
    }

    private static func redactLine(_ line: String) -> String {
        var result = ""
        var rest = Substring(line)
        while let separator = rest.firstIndex(where: { $0 == ":" || $0 == "=" }) {
            let valueStart = rest.index(after: separator)
            let name = rest[..<separator]
            result += rest[..<valueStart]
            rest = rest[valueStart...]
            guard isSecret(name) else { continue }
            let value = rest.drop { $0 == " " }
            let end = value.firstIndex(where: { $0 == " " || $0 == "," || $0 == "}" })
            let tail = end.map { value[$0...] } ?? ""
            guard value.startIndex != (end ?? value.endIndex) else { continue }
            result += rest[..<value.startIndex] + mask
            rest = tail
        }
        return redactUser(result + rest)
    }

    /// Whether a name that ends `text` says that its value is a secret.
    public static func isSecret(_ text: Substring) -> Bool {
        let word = text.reversed().drop { $0 == " " || $0 == "\"" || $0 == "'" }
            .prefix { $0.isLetter || $0.isNumber || "_-.".contains($0) }
        let name = String(String(word.reversed()).lowercased())
        return names.contains { name == $0 || name.hasSuffix("_" + $0) || name.hasSuffix("-" + $0) }
            || names.dropLast().contains { name.hasSuffix($0) }
    }

    private static func redactUser(_ line: String) -> String {
        var result = ""
        var rest = Substring(line)
        while let scheme = rest.firstRange(of: "://") {
            result += rest[..<scheme.upperBound]
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { !" /\"'?#".contains($0) }
            guard let at = authority.lastIndex(of: "@") else { continue }
            result += mask
            rest = rest[at...]
        }
        return result + rest
    }
}
