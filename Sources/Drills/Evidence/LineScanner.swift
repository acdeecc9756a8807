/// Reads the values of one JSON array back, in the order in which ``LineWriter`` wrote them.
struct LineScanner {
    /// The line is not what a drill writes: torn, or changed by hand.
    struct Malformed: Error {
        var offset: Int
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func open() throws(Malformed) { try expect(UInt8(ascii: "[")) }

    /// Whether the array ends here; consumes the bracket when it does.
    mutating func closes() -> Bool {
        skip()
        guard peek == UInt8(ascii: "]") else { return false }
        position += 1
        return true
    }

    mutating func close() throws(Malformed) {
        guard closes() else { throw Malformed(offset: position - bytes.startIndex) }
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func integer() throws(Malformed) -> Int64 {
        skip()
        var isNegative = false
        if peek == UInt8(ascii: "-") {
            isNegative = true
            position += 1
        }
        var value: Int64 = 0
        let first = position
        while let digit = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw Malformed(offset: position - bytes.startIndex) }
            value = sum
            position += 1
        }
        guard position > first else { throw Malformed(offset: position - bytes.startIndex) }
        return isNegative ? -value : value
    }

    mutating func optionalInteger() throws(Malformed) -> Int64? {
        try consumeNull() ? nil : try integer()
    }

    mutating func boolean() throws(Malformed) -> Bool {
        skip()
        if consume("true") { return true }
        if consume("false") { return false }
        throw Malformed(offset: position - bytes.startIndex)
    }

    mutating func optionalBoolean() throws(Malformed) -> Bool? {
        try consumeNull() ? nil : try boolean()
    }

    mutating func string() throws(Malformed) -> String {
        try expect(UInt8(ascii: "\""))
        let first = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            position += 1
        }
        if peek == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: bytes[first..<position], as: UTF8.self)
        }
        return try escapedString(from: first)
    }

    mutating func optionalString() throws(Malformed) -> String? {
        try consumeNull() ? nil : try string()
    }

    private mutating func escapedString(from first: Int) throws(Malformed) -> String {
        var text = Array(bytes[first..<position])
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(try escapedByte())
            default: text.append(byte)
            }
        }
        throw Malformed(offset: position - bytes.startIndex)
    }

    private mutating func escapedByte() throws(Malformed) -> UInt8 {
        guard let byte = peek else { throw Malformed(offset: position - bytes.startIndex) }
        position += 1
        guard byte == UInt8(ascii: "u") else { return byte }
        guard position + 4 <= bytes.endIndex,
            let value = UInt8(
                String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw Malformed(offset: position - bytes.startIndex) }
        position += 4
        return value
    }

    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skip() {
        while let byte = peek, byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") {
            position += 1
        }
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        skip()
        guard peek == byte else { throw Malformed(offset: position - bytes.startIndex) }
        position += 1
    }

    private mutating func consumeNull() throws(Malformed) -> Bool {
        skip()
        return consume("null")
    }

    private mutating func consume(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.endIndex else { return false }
        let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + length]) }
        if matches { position += length }
        return matches
    }
}
