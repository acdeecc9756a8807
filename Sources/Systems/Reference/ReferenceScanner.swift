import Records

/// Finds `POST /v1/queues/{queue}/messages` and its idempotency key in HTTP/1.1 requests.
struct ReferenceScanner: WireScanner, Sendable {
    private enum Stage {
        case head
        case body(left: Int)
        case lost
    }

    /// The longest head that is read.
    static let maximumHead = 16 << 10

    private var stage = Stage.head
    private var head: [UInt8] = []

    init() {}

    var isInMidRequest: Bool {
        switch stage {
        case .head: !head.isEmpty
        case .body: true
        case .lost: false
        }
    }

    mutating func scan(_ bytes: [UInt8]) -> [MessageIdentifier] {
        var found: [MessageIdentifier] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch stage {
            case .lost: return found
            case .body(let left):
                let taken = min(left, bytes.endIndex - index)
                index += taken
                stage = taken == left ? .head : .body(left: left - taken)
            case .head:
                let byte = bytes[index]
                index += 1
                head.append(byte)
                if byte == UInt8(ascii: "\n"), head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                    if let message = finishHead() { found.append(message) }
                } else if head.count >= Self.maximumHead {
                    lose()
                }
            }
        }
        return found
    }

    private mutating func lose() {
        stage = .lost
        head = []
    }

    private mutating func finishHead() -> MessageIdentifier? {
        let lines = head.split(whereSeparator: {
            $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n")
        })
        head.removeAll(keepingCapacity: true)
        guard let request = lines.first else {
            lose()
            return nil
        }
        var length = 0
        var message: MessageIdentifier?
        for line in lines.dropFirst() {
            guard let (name, value) = Self.field(line) else { continue }
            switch name {
            case "content-length":
                guard let count = Int(value), count >= 0 else {
                    lose()
                    return nil
                }
                length = count
            case "transfer-encoding":
                // The workload's client never sends chunks; where their end is, is not looked for.
                lose()
                return nil
            case "idempotency-key": message = MessageIdentifier(value)
            default: break
            }
        }
        if length > 0 { stage = .body(left: length) }
        return Self.isEnqueue(request) ? message : nil
    }

    private static func field(_ line: ArraySlice<UInt8>) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
        return (
            String(decoding: line[..<colon], as: UTF8.self).lowercased(),
            String(decoding: value, as: UTF8.self)
        )
    }

    private static func isEnqueue(_ line: ArraySlice<UInt8>) -> Bool {
        let words = line.split(separator: UInt8(ascii: " "))
        guard words.count == 3, words[0].elementsEqual("POST".utf8) else { return false }
        let segments = words[1].split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return segments.count == 5 && segments[1].elementsEqual("v1".utf8)
            && segments[2].elementsEqual("queues".utf8)
            && segments[4].elementsEqual("messages".utf8)
    }
}
