import History
import Hummingbird

/// The way in and out.
struct AccessRoutes {
    let console: Console

    func add(to router: Router<ConsoleContext>) {
        router.get("/login") { request, _ in
            Response.page(LoginPage(target: Self.path(request.query["to"]), message: "").render())
        }
        router.post("/login") { request, context in
            let fields = try await request.fields()
            let target = Self.path(fields["to"])
            do {
                let token = try console.access.token(fields["token"] ?? "", context)
                let session = console.sessions.begin(token: token.name, now: console.now)
                var response = Response.seeOther(target)
                response.setCookie(cookie(session))
                return response
            } catch let problem as Problem where problem.status == .unauthorized {
                return Response.page(
                    LoginPage(target: target, message: problem.detail).render(),
                    status: .unauthorized)
            }
        }
        router.post("/logout") { request, context in
            _ = try await request.form(context, console.sessions)
            if let session = context.access.session { console.sessions.end(session) }
            return Response.seeOther("/")
        }
    }

    private func cookie(_ session: String) -> Cookie {
        Cookie(
            name: AccessMiddleware.cookie, value: session,
            maxAge: Int(Sessions.length / 1_000_000_000), path: "/",
            secure: console.configuration.tls != nil, httpOnly: true, sameSite: .strict)
    }

    /// A path of this console, whatever somebody wrote into a link.
    private static func path(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return "/" }
        return text
    }
}
