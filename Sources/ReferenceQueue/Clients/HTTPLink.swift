import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A plain HTTP/1.1 client for one host that keeps a connection open between requests.
///
/// Requests that overlap get connections of their own; one is kept. Every request is bounded in
/// time and every answer in size.
final class HTTPLink: Sendable {
    /// The most bytes of an answer's body.
    static let answerBytes = 8 << 20

    private let host: String
    private let port: Int
    private let token: ClusterToken?
    private let idle = Mutex<(any Channel)?>(nil)

    /// A client of a server; every request shows the token, if there is one.
    init(host: String, port: Int, token: ClusterToken? = nil) {
        self.host = host
        self.port = port
        self.token = token
    }

    deinit { idle.withLock { $0?.close(promise: nil) } }

    /// Sends a request and waits for its answer.
    ///
    /// A kept connection that turns out to be closed is replaced once, so a request may reach the
    /// server twice. Throws when the server cannot be reached, breaks off or takes too long.
    func send(
        _ method: HTTPMethod, _ path: String, body: ByteBuffer = ByteBuffer(),
        contentType: String = "application/json", timeout: Duration
    ) async throws -> HTTPAnswer {
        let limit = TimeAmount.nanoseconds(max(1_000_000, timeout.nanoseconds))
        let deadline = NIODeadline.now() + limit
        let request = HTTPExchange.Request(
            method: method, path: path, host: "\(host):\(port)", contentType: contentType,
            authorization: token?.authorization, body: body)
        if let kept = idle.withLock({ $0.take() }), kept.isActive {
            do {
                return try await exchange(request, on: kept, deadline: deadline)
            } catch HTTPLinkError.closed where NIODeadline.now() < deadline {
                // The server had closed it meanwhile.
            }
        }
        let channel = try await connect(timeout: deadline - .now())
        return try await exchange(request, on: channel, deadline: deadline)
    }

    /// Closes the kept connection.
    func close() { idle.withLock { $0.take() }?.close(promise: nil) }

    private func connect(timeout: TimeAmount) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(max(timeout, .milliseconds(1)))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(HTTPExchangeHandler())
                }
            }
        do {
            return try await bootstrap.connect(host: host, port: port).get()
        } catch let error as NIOConnectionError {
            throw HTTPLinkError.unreachable(error)
        }
    }

    private func exchange(
        _ request: HTTPExchange.Request, on channel: any Channel, deadline: NIODeadline
    ) async throws -> HTTPAnswer {
        let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
        let timer = channel.eventLoop.scheduleTask(deadline: deadline) {
            promise.fail(HTTPLinkError.timedOut)
            channel.close(promise: nil)
        }
        channel.writeAndFlush(HTTPExchange(request: request, answer: promise), promise: nil)
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            let answer = try await promise.futureResult.get()
            if answer.keepsConnection {
                let surplus = idle.withLock { idle in
                    defer { idle = channel }
                    return idle
                }
                surplus?.close(promise: nil)
            } else {
                channel.close(promise: nil)
            }
            return answer
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// A server's answer.
struct HTTPAnswer: Sendable {
    var status: Int
    var body: ByteBuffer
    var keepsConnection: Bool

    /// The body as JSON; null when it is none.
    var document: JSONValue {
        (try? JSONParser.parse(Array(body.readableBytesView))) ?? .null
    }
}

/// Why no answer came.
enum HTTPLinkError: Error, CustomStringConvertible {
    case closed, timedOut, tooLarge
    /// There is no connection; what was tried, and why it failed.
    case unreachable(NIOConnectionError)

    var description: String {
        switch self {
        case .closed: return "the connection was closed before an answer came"
        case .timedOut: return "no answer came in time"
        case .tooLarge: return "the answer is longer than \(HTTPLink.answerBytes) bytes"
        case .unreachable(let error):
            let reasons = error.connectionErrors.map { failure in
                (failure.error as? IOError).map { String(cString: strerror($0.errnoCode)) }
                    ?? "\(failure.error)"
            }
            let reason = reasons.first ?? "the name is unknown"
            return "cannot connect to \(error.host):\(error.port): \(reason)"
        }
    }
}

/// One request on its way through a channel, and where its answer goes.
struct HTTPExchange: Sendable {
    struct Request: Sendable {
        var method: HTTPMethod
        var path: String
        var host: String
        var contentType: String
        var authorization: String?
        var body: ByteBuffer
    }

    var request: Request
    var answer: EventLoopPromise<HTTPAnswer>
}
