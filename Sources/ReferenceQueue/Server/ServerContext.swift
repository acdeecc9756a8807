import Hummingbird
import NIOCore

/// What the server knows about a request beside the request.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// The value of a path parameter, as it stands in the path.
    func parameter(_ name: String) throws(Problem) -> String {
        guard let value = coreContext.parameters.get(name), !value.isEmpty else {
            throw .badRequest("'\(name)' is missing in the path")
        }
        return value
    }

    /// The queue that the path names.
    func queue() throws(Problem) -> String {
        let name = try parameter("queue")
        guard QueueName.isValid(name.utf8) else { throw .badRequest(QueueName.rule) }
        return name
    }

    /// The message that the path names.
    func message() throws(Problem) -> MessageIdentifier {
        let text = try parameter("id")
        guard let id = MessageIdentifier(text) else { throw .notFound("message '\(text)'") }
        return id
    }
}

extension Request {
    /// Throws unless the request shows the token; any request does when there is none.
    func checkShows(_ token: ClusterToken?) throws(Problem) {
        guard let token, !token.isShown(by: headers[.authorization]) else { return }
        throw .unauthorized
    }

    /// The body's bytes; a client that sends too much is refused.
    func bytes(limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Problem.bodyTooLarge(limit: limit)
        }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge(limit: limit)
        }
    }

    /// Reads the body as a JSON object.
    func reader(limit: Int) async throws -> RequestReader {
        try RequestReader(try await bytes(limit: limit))
    }
}

extension Response {
    /// A JSON answer.
    init(_ status: Int, _ document: JSONValue) {
        self.init(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: .init(byteBuffer: document.buffer))
    }

    /// An answer without content.
    static var noContent: Response { Response(status: .noContent) }

    /// A problem document.
    init(_ problem: Problem) {
        self.init(
            status: .init(code: problem.status),
            headers: [.contentType: "application/problem+json"],
            body: .init(byteBuffer: problem.document.buffer))
        if problem.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        if let seconds = problem.retryAfter { headers[.retryAfter] = String(seconds) }
    }
}

/// Turns every error into a problem document.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    let load: ServerLoad

    func handle(
        _ request: Request, context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await load.handling { try await next(request, context) }
        } catch let problem as Problem {
            return Response(problem)
        } catch let error as HTTPError {
            let problem: Problem =
                error.status == .notFound
                ? .notFound("resource \(request.uri.path)")
                : Problem(
                    status: error.status.code, code: "http", title: error.status.reasonPhrase)
            return Response(problem)
        } catch is CancellationError {
            return Response(.stopping())
        }
    }
}
