import Hummingbird
import Logging
import Reports

/// Turns errors into answers, adds what browsers need to be careful, and logs every request.
struct AnswerMiddleware: RouterMiddleware {
    typealias Context = ConsoleContext

    func handle(
        _ request: Request, context: ConsoleContext,
        next: (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch let problem as Problem {
            response = answer(problem, to: request)
        } catch let error as HTTPError {
            response = answer(problem(error.status, of: request), to: request)
        } catch {
            context.logger.error(
                "request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            response = answer(
                Problem(.internalServerError, "The console failed; its log says why."), to: request)
        }
        // What a page brings along itself comes first: a report is let do even less.
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.policy
        }
        response.headers[.xContentTypeOptions] = "nosniff"
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)", "address": "\(context.address)",
                "time": "\(ContinuousClock.now - start)",
            ])
        return response
    }

    private static let policy = """
        default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; \
        connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'
        """

    /// What the router found wrong.
    private func problem(_ status: HTTPResponse.Status, of request: Request) -> Problem {
        guard status == .notFound else { return Problem(status, "\(status)") }
        let methods = APIRoutes.methods(of: request.uri.path).map { $0.rawValue.uppercased() }
        guard !methods.isEmpty else { return .notFound("There is no such page.") }
        var problem = Problem(
            .methodNotAllowed, "This takes \(methods.joined(separator: ", ")) only.")
        problem.allowed = methods
        return problem
    }

    private func answer(_ problem: Problem, to request: Request) -> Response {
        var response: Response
        if request.uri.path.hasPrefix("/api/") || request.uri.path == "/metrics" {
            let document = ProblemDocument(
                title: problem.status.reasonPhrase, status: problem.status.code,
                detail: problem.detail)
            response = .json(document, status: problem.status)
            response.headers[.contentType] = "application/problem+json"
        } else {
            response = .page(
                Layout(title: problem.status.reasonPhrase, access: Access()).render(
                    "<section><h2>\(problem.status.reasonPhrase)</h2><p>\(problem.detail)</p></section>"
                ), status: problem.status)
        }
        if problem.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        if !problem.allowed.isEmpty {
            response.headers[.allow] = problem.allowed.joined(separator: ", ")
        }
        if let seconds = problem.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}

/// A problem as RFC 9457 writes it.
struct ProblemDocument: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let detail: String
}
