import History
import Hummingbird
import Logging
import Synchronization

/// Finds out who asks, and refuses whoever may not.
final class AccessMiddleware: RouterMiddleware {
    typealias Context = ConsoleContext

    static let cookie = "firedrill"
    /// What anybody may ask for: the way in, and what that page needs.
    private static let open = ["/login", "/healthz", "/console.css", "/console.js"]

    private let configuration: ConsoleConfiguration
    private let history: HistoryDatabase
    private let sessions: Sessions
    private let limiter = Mutex(AttemptLimiter())

    init(configuration: ConsoleConfiguration, history: HistoryDatabase, sessions: Sessions) {
        self.configuration = configuration
        self.history = history
        self.sessions = sessions
    }

    func handle(
        _ request: Request, context: ConsoleContext,
        next: (Request, ConsoleContext) async throws -> Response
    ) async throws -> Response {
        try checkHost(request)
        var context = context
        context.access = try access(of: request, context)
        if context.access.scope == nil, !Self.open.contains(request.uri.path) {
            guard request.method == .get, !request.uri.path.hasPrefix("/api/"),
                request.uri.path != "/metrics"
            else { throw Problem.unauthorized }
            let target = FormText.encode(request.uri.description)
            return Response(status: .seeOther, headers: [.location: "/login?to=\(target)"])
        }
        return try await next(request, context)
    }

    /// Refuses a name that is not ours: a stranger's page could else lead its name to this address.
    private func checkHost(_ request: Request) throws {
        guard configuration.isLoopback else { return }
        var name = request.head.authority ?? ""
        if name.hasPrefix("[") {
            name = String(name.dropFirst().prefix { $0 != "]" })
        } else {
            name = String(name.prefix { $0 != ":" })
        }
        let ours = ["127.0.0.1", "::1", "localhost"] + configuration.hostNames
        guard ours.contains(name.lowercased()) else {
            throw Problem(
                .misdirectedRequest,
                "'\(name)' is not a name of this console; `--host-name` adds one.")
        }
    }

    private func access(of request: Request, _ context: ConsoleContext) throws -> Access {
        if let header = request.headers[.authorization] {
            guard header.lowercased().hasPrefix("bearer ") else { throw Problem.unauthorized }
            let token = try token(String(header.dropFirst(7)), context)
            return Access(scope: token.scope, name: token.name)
        }
        if let session = request.cookies[Self.cookie]?.value,
            let name = sessions.token(of: session, now: configuration.clock()),
            let token = try history.token(named: name)
        {
            return Access(
                scope: token.scope, name: name, session: session,
                formKey: sessions.formKey(of: session))
        }
        return Access(scope: configuration.readingNeedsToken ? nil : .view)
    }

    /// The token that somebody shows; throws when there is none, or too many wrong ones came before.
    func token(_ secret: String, _ context: ConsoleContext) throws -> AccessToken {
        let (address, now) = (context.address, configuration.clock())
        if let seconds = limiter.withLock({ $0.wait(address, now: now) }) {
            throw Problem(
                .tooManyRequests, "Too many wrong tokens: wait \(seconds) s.", retryAfter: seconds)
        }
        guard let token = try history.token(secret, now: now) else {
            limiter.withLock { $0.fail(address, now: now) }
            context.logger.warning("wrong token", metadata: ["address": "\(address)"])
            throw Problem(.unauthorized, "There is no such token.")
        }
        limiter.withLock { $0.succeed(address) }
        return token
    }
}
