import NIOCore
import NIOHTTP1

/// HTTP/1.1 as a wire of exchanges (RFC 9112), without pipelining.
struct HTTPWire: ExchangeWire {
    private let maximumAnswer: Int
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(maximumAnswer: Int) {
        self.maximumAnswer = maximumAnswer
    }

    static func addCodecs(to channel: any Channel) throws {
        // The decoder goes on after a malformed head only when told to: the first error ends it.
        try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
    }

    static func reason(for error: any Error) -> ExchangeFailure.Reason? {
        TransportSecurity.reason(for: error)
    }

    mutating func begin(_ request: HTTPRequest, allocator: ByteBufferAllocator)
        -> [HTTPClientRequestPart]
    {
        head = nil
        body = []
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.path)
        head.headers.reserveCapacity(request.fields.count + 2)
        let name = request.name ?? request.host
        let host = name.contains(":") ? "[\(name)]" : name
        head.headers.add(name: "Host", value: "\(host):\(request.port)")
        for field in request.fields { head.headers.add(name: field.name, value: field.value) }
        let isEmpty = request.body.isEmpty
        if !isEmpty || request.method == "POST" || request.method == "PUT" {
            head.headers.add(name: "Content-Length", value: String(request.body.count))
        }
        guard !isEmpty else { return [.head(head), .end(nil)] }
        let buffer = allocator.buffer(bytes: request.body)
        return [.head(head), .body(.byteBuffer(buffer)), .end(nil)]
    }

    mutating func receive(_ part: HTTPClientResponsePart) throws(WireError)
        -> WireAnswer<HTTPAnswer>?
    {
        switch part {
        case .head(let head):
            if let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }) {
                try check(length: length)
                body.reserveCapacity(length)
            }
            self.head = head
            return nil
        case .body(let buffer):
            try check(length: body.count + buffer.readableBytes)
            body.append(contentsOf: buffer.readableBytesView)
            return nil
        case .end:
            guard let head else {
                throw WireError(reason: .malformedAnswer, detail: "an end without a head")
            }
            let answer = HTTPAnswer(
                status: Int(head.status.code),
                fields: head.headers.map { HTTPField($0.name, $0.value) }, body: body)
            self.head = nil
            body = []
            return WireAnswer(answer: answer, keepsConnection: head.isKeepAlive)
        }
    }

    private func check(length: Int) throws(WireError) {
        guard length <= maximumAnswer else {
            throw WireError(
                reason: .answerTooLarge,
                detail: "the answer has \(length) bytes or more, the bound is \(maximumAnswer)")
        }
    }
}
