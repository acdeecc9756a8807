import Glibc

/// Where a token or a key is read from, each time anew: never out of the configuration itself.
public enum SecretSource: Sendable, Equatable, CustomStringConvertible {
    case file(String)
    case environment(String)

    public var description: String {
        switch self {
        case .file(let path): "the file \(path)"
        case .environment(let name): "the variable \(name)"
        }
    }

    /// Reads the secret, without the white space around it.
    ///
    /// Throws when there is none, when it is empty, and when a file may be read by everybody.
    public func read() throws(IncidentError) -> String {
        let attempt = "read a secret from \(self)"
        let text: String
        switch self {
        case .environment(let name):
            guard let value = getenv(name) else {
                throw IncidentError(attempt, reason: "it is not set", remedy: "set it")
            }
            text = String(cString: value)
        case .file(let path):
            let (bytes, permissions) = try KeyFile.read(path, attempt: attempt)
            guard permissions & 0o007 == 0 else {
                throw IncidentError(
                    attempt, reason: "everybody may read it", remedy: "chmod 600 \(path)")
            }
            text = String(decoding: bytes, as: UTF8.self)
        }
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        let secret = text.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !secret.isEmpty else { throw IncidentError(attempt, reason: "it is empty") }
        // It goes into a header field, where a line's end would begin another one.
        guard secret.allSatisfy({ $0.isASCII && !$0.isWhitespace && $0 != "\u{7F}" }) else {
            throw IncidentError(attempt, reason: "it is not one word of plain characters")
        }
        return String(secret)
    }
}
