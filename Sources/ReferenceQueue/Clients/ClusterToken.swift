import FoundationEssentials

/// The secret that nodes and the arbiter of one service show each other.
///
/// Its text is never printed: not in a description, a log or an error.
public struct ClusterToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// Takes a token from a text; white space around it does not count.
    ///
    /// Throws unless the rest is 16 to 512 visible ASCII characters.
    public init(_ text: some StringProtocol) throws {
        bytes = Array(text.utf8.drop { Self.isSpace($0) }.reversed().drop { Self.isSpace($0) })
            .reversed()
        guard (16...512).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw StoreError(
                "a cluster token is 16 to 512 visible ASCII characters; this one is not")
        }
    }

    /// Reads a token from a file.
    ///
    /// Throws when the file cannot be read or does not hold a token alone.
    public init(file path: String) throws {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw StoreError("cannot read the cluster token in \(path)")
        }
        do {
            try self.init(String(decoding: content, as: UTF8.self))
        } catch {
            throw StoreError("\(path): \(error)")
        }
    }

    public var description: String { "a cluster token" }

    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The value of the field Authorization that shows the token (RFC 6750, 2.1).
    var authorization: String { "Bearer " + String(decoding: bytes, as: UTF8.self) }

    /// Whether a field Authorization shows this token; takes as long whatever differs.
    func isShown(by authorization: String?) -> Bool {
        let expected = Array(self.authorization.utf8)
        let shown = Array((authorization ?? "").utf8)
        var difference = expected.count ^ shown.count
        for index in expected.indices {
            let byte = index < shown.count ? shown[index] : 0
            difference |= Int(expected[index] ^ byte)
        }
        return difference == 0
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
