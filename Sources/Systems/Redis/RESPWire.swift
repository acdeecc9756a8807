import NIOCore

/// The Redis protocol as a wire of exchanges: one command, one value.
struct RESPWire: ExchangeWire {
    private var parser: RESPParser

    init(maximumAnswer: Int) {
        parser = RESPParser(maximumBytes: maximumAnswer)
    }

    static func addCodecs(to channel: any Channel) throws {}

    mutating func begin(_ request: [[UInt8]], allocator: ByteBufferAllocator) -> [ByteBuffer] {
        [allocator.buffer(bytes: RESPValue.command(request))]
    }

    mutating func receive(_ part: ByteBuffer) throws(WireError) -> WireAnswer<RESPValue>? {
        parser.append(part.readableBytesView)
        do {
            guard let value = try parser.next() else { return nil }
            // Bytes beyond the one answer belong to nobody's question.
            return WireAnswer(answer: value, keepsConnection: !parser.isInMidValue)
        } catch {
            throw WireError(reason: .malformedAnswer, detail: error.detail)
        }
    }
}
