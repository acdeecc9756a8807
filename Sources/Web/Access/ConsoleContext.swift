import History
import Hummingbird
import NIOCore

/// What the console knows of a request beside the request.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address that it comes from, without the port.
    let address: String
    var access = Access()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }

    /// Throws unless whoever asks may do this.
    func require(_ scope: AccessToken.Scope) throws {
        guard let held = access.scope else { throw Problem.unauthorized }
        // Without a token it is not known who asks, which is another thing than knowing it.
        guard held >= scope else {
            throw access.name == nil ? Problem.unauthorized : Problem.forbidden(scope)
        }
    }

    /// A parameter of the path, its percent signs decoded.
    func parameter(_ name: String) throws -> String {
        guard let value = coreContext.parameters.get(name).flatMap({ FormText.decode($0[...]) })
        else { throw Problem.notFound("the address lacks '\(name)'") }
        return value
    }
}

/// Who asks, and what they may do.
struct Access: Sendable, Equatable {
    /// Nil for nothing.
    var scope: AccessToken.Scope?
    /// The token's name; nil for somebody without one.
    var name: String?
    /// The name of the browser's session; nil for programs.
    var session: String?
    /// What the forms of the session's pages carry.
    var formKey: String?

    func may(_ scope: AccessToken.Scope) -> Bool { self.scope.map { $0 >= scope } ?? false }
}
