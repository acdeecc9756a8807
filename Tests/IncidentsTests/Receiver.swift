import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

/// A server on loopback that keeps what it gets and answers what it is told to.
final class Receiver: Sendable {
    struct Got: Sendable {
        var method: String
        var path: String
        var query: String
        var fields: [String: String]
        var body: String
    }

    struct Answer: Sendable {
        var status = 200
        /// The field `Retry-After`, when there is one.
        var retryAfter: String?
        var body = "ok"
        /// How long the answer takes, after the request was kept.
        var delay: Duration = .zero
    }

    private struct State {
        var got: [Got] = []
        var answers: [Answer]
    }

    private let state: Mutex<State>

    /// - Parameter answers: one for each request, the last for all that follow.
    init(_ answers: [Answer] = [Answer()]) {
        state = Mutex(State(answers: answers))
    }

    var got: [Got] { state.withLock(\.got) }

    private func take(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 4 << 20)
        var fields: [String: String] = [:]
        for field in request.headers { fields[field.name.canonicalName] = field.value }
        let got = Got(
            method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "",
            fields: fields, body: String(buffer: body))
        let answer = state.withLock { state in
            state.got.append(got)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        try await Task.sleep(for: answer.delay)
        var response = Response(
            status: .init(code: answer.status),
            body: .init(byteBuffer: ByteBuffer(string: answer.body)))
        if let wait = answer.retryAfter { response.headers[.retryAfter] = wait }
        return response
    }

    /// Serves while `body` runs; gives it the port.
    func serve(
        tls: TLSConfiguration? = nil, _ body: (Int) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            try await self.take(request)
        }
        let server: HTTPServerBuilder =
            if let tls { try .tls(.http1(), tlsConfiguration: tls) } else { .http1() }
        let application = Application(
            responder: responder, server: server,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [application], logger: logger)
        async let running: Void = group.run()
        let number = try #require(await ports.first { _ in true })
        do {
            try await body(number)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }
}
