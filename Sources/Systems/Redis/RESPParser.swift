/// Cuts a stream of bytes into values, however the bytes come in pieces.
///
/// It keeps no more than `maximumBytes`, and refuses to nest or to promise more than fits in them.
struct RESPParser {
    struct Malformed: Error, Equatable {
        var detail: String
    }

    private enum Progress {
        case value(RESPValue)
        /// Not before there are this many bytes in all.
        case needs(Int)
    }

    static let maximumDepth = 16

    let maximumBytes: Int
    private var bytes: [UInt8] = []
    private var needed = 1

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Whether a value has begun and not ended.
    var isInMidValue: Bool { !bytes.isEmpty }

    mutating func append(_ more: some Collection<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// The next whole value; nil until more bytes come.
    mutating func next() throws(Malformed) -> RESPValue? {
        guard bytes.count >= needed else { return nil }
        var position = 0
        switch try parse(&position, depth: 0) {
        case .value(let value):
            bytes.removeFirst(position)
            needed = 1
            return value
        case .needs(let count):
            guard count <= maximumBytes else {
                throw Malformed(detail: "a value of more than \(maximumBytes) bytes")
            }
            // Without this, a value that comes in small pieces would be scanned once for each.
            needed = max(count, bytes.count + 1)
            return nil
        }
    }

    private func parse(_ position: inout Int, depth: Int) throws(Malformed) -> Progress {
        guard depth <= Self.maximumDepth else {
            throw Malformed(detail: "values nested deeper than \(Self.maximumDepth)")
        }
        guard position < bytes.count else { return .needs(position + 1) }
        let type = bytes[position]
        position += 1
        guard let line = line(&position) else { return .needs(bytes.count + 1) }
        switch type {
        case UInt8(ascii: "+"), UInt8(ascii: "("): return .value(.simple(line))
        case UInt8(ascii: "-"): return .value(Self.error(line))
        case UInt8(ascii: ":"): return .value(.integer(try integer(line)))
        case UInt8(ascii: "_"): return .value(.null)
        case UInt8(ascii: "#"): return .value(.boolean(line == "t"))
        case UInt8(ascii: ","): return .value(.double(try double(line)))
        case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
            return try bulk(type, length: try length(line), &position)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
            return try array(count: try length(line), &position, depth: depth)
        case UInt8(ascii: "%"):
            return try array(count: try length(line).map { $0 * 2 }, &position, depth: depth)
        default: throw Malformed(detail: "no value begins with byte \(type)")
        }
    }

    private func bulk(_ type: UInt8, length: Int?, _ position: inout Int) throws(Malformed)
        -> Progress
    {
        guard let length else { return .value(.null) }
        let end = position + length
        guard bytes.count >= end + 2 else { return .needs(end + 2) }
        guard bytes[end] == 0x0D, bytes[end + 1] == 0x0A else {
            throw Malformed(detail: "a bulk string of \(length) bytes does not end there")
        }
        let content = Array(bytes[position..<end])
        position = end + 2
        switch type {
        case UInt8(ascii: "!"):
            return .value(Self.error(String(decoding: content, as: UTF8.self)))
        case UInt8(ascii: "="): return .value(.bulk(Array(content.dropFirst(4))))
        default: return .value(.bulk(content))
        }
    }

    private func array(count: Int?, _ position: inout Int, depth: Int) throws(Malformed)
        -> Progress
    {
        guard let count else { return .value(.null) }
        // The shortest value, `_\r\n`, has 3 bytes: what cannot fit is not waited for.
        let shortest = position + count * 3
        guard shortest <= maximumBytes else { return .needs(shortest) }
        var values: [RESPValue] = []
        for _ in 0..<count {
            switch try parse(&position, depth: depth + 1) {
            case .value(let value): values.append(value)
            case .needs(let needed): return .needs(needed)
            }
        }
        return .value(.array(values))
    }

    private func line(_ position: inout Int) -> String? {
        guard let end = bytes[position...].firstIndex(of: 0x0D), end + 1 < bytes.count else {
            return nil
        }
        defer { position = end + 2 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    /// A length; nil for the -1 of a null.
    private func length(_ line: String) throws(Malformed) -> Int? {
        if line == "-1" { return nil }
        guard let length = Int(line), length >= 0, length <= maximumBytes else {
            throw Malformed(detail: "'\(line.prefix(32))' is no length up to \(maximumBytes)")
        }
        return length
    }

    private func integer(_ line: String) throws(Malformed) -> Int64 {
        guard let value = Int64(line) else {
            throw Malformed(detail: "'\(line.prefix(32))' is no integer")
        }
        return value
    }

    private func double(_ line: String) throws(Malformed) -> Double {
        guard let value = Double(line) else {
            throw Malformed(detail: "'\(line.prefix(32))' is no number")
        }
        return value
    }

    private static func error(_ line: String) -> RESPValue {
        let words = line.split(separator: " ", maxSplits: 1)
        return .error(
            code: words.first.map(String.init) ?? "",
            message: words.count > 1 ? String(words[1]) : "")
    }
}
