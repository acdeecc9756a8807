import FoundationEssentials
import Playbooks

extension Secrets {
    /// A record without the secrets that its texts hold; numbers and keys of its own stay as they are.
    ///
    /// Throws when what remains is no such record any more: a secret that is also a word of ours.
    func redacted<Value: Codable>(_ value: Value) throws -> Value {
        guard !isEmpty else { return value }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let bytes = redactStrings(inJSON: Array(try encoder.encode(value)))
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw DrillError(
                "write \(Value.self) down without the playbook's secrets",
                reason: "one of them is a word that evidence is made of",
                remedy: "choose another secret, or give a variable's value with --set")
        }
    }

    /// Redacts what stands between quotes; digits outside may look like a secret by accident.
    private func redactStrings(inJSON bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var text: [UInt8]?
        var isEscaped = false
        for byte in bytes {
            guard text != nil else {
                result.append(byte)
                if byte == UInt8(ascii: "\"") { text = [] }
                continue
            }
            if byte == UInt8(ascii: "\""), !isEscaped {
                result += redact(text ?? [])
                result.append(byte)
                text = nil
            } else {
                text?.append(byte)
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            }
        }
        return result
    }
}
