import Records

/// Finds `LPUSH queue body` and the identifier at the body's start in Redis commands.
struct RedisScanner: WireScanner, Sendable {
    /// The longest command that is read.
    static let maximumCommand = 8 << 20

    private var parser = RESPParser(maximumBytes: maximumCommand)
    private var isLost = false

    init() {}

    var isInMidRequest: Bool { !isLost && parser.isInMidValue }

    mutating func scan(_ bytes: [UInt8]) -> [MessageIdentifier] {
        guard !isLost else { return [] }
        parser.append(bytes)
        var found: [MessageIdentifier] = []
        do {
            while let command = try parser.next() {
                if let message = Self.message(command) { found.append(message) }
            }
        } catch {
            isLost = true
            parser = RESPParser(maximumBytes: 0)
        }
        return found
    }

    private static func message(_ command: RESPValue) -> MessageIdentifier? {
        guard case .array(let words) = command, words.count == 3,
            case .bulk(let name) = words[0], name.elementsEqual("LPUSH".utf8),
            case .bulk(let body) = words[2]
        else { return nil }
        return MessageBody.identifier(in: body)
    }
}
