/// Appends the values of one JSON array to a buffer, without allocating for each.
///
/// The history of a drill has one line an operation; a general encoder would cost more than the
/// workload itself.
struct LineWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func open() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    mutating func close() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    mutating func append(_ number: Int64) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    mutating func append(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func appendNull() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    mutating func append(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(Self.hexadecimal[Int(byte >> 4)])
                bytes.append(Self.hexadecimal[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a line that is JSON already.
    mutating func append(raw line: [UInt8]) {
        bytes.append(contentsOf: line)
        endLine()
    }

    /// Gives out what was appended so far, and starts anew.
    mutating func take() -> [UInt8] {
        let taken = bytes
        self = LineWriter(reserving: bytes.count)
        return taken
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}
