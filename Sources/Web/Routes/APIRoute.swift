import History
import Hummingbird

/// One operation of the API: what the router needs, and what the OpenAPI document says.
struct APIRoute {
    enum Method: String, CaseIterable {
        case get, post, put, delete

        var request: HTTPRequest.Method {
            switch self {
            case .get: .get
            case .post: .post
            case .put: .put
            case .delete: .delete
            }
        }
    }

    struct Parameter {
        var name: String
        var description: String
        var isRequired = false
    }

    var method: Method
    /// `/api/v1/drills/{drill}`.
    var path: String
    var name: String
    var summary: String
    var scope: AccessToken.Scope
    var query: [Parameter] = []
    /// Whether it takes a playbook's text.
    var takesPlaybook = false
    var status = 200
    var perform:
        @Sendable (Request, ConsoleContext, Console) async throws -> any Encodable & Sendable

    /// The names in braces.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// The path as the router writes it: `/api/v1/drills/:drill`.
    var routerPath: String {
        path.split(separator: "/").map { part in
            part.hasPrefix("{") ? ":" + part.dropFirst().dropLast() : String(part)
        }.joined(separator: "/")
    }
}
