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
        enum Kind {
            case text, flag
            case number(ClosedRange<Int>)
        }

        var name: String
        var description: String
        var isRequired = false
        var kind = Kind.text
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

    /// A parameter's value that is a number; throws when it is another text, or out of bounds.
    static func number(
        _ request: Request, _ name: String, _ bounds: ClosedRange<Int>, or standard: Int
    ) throws -> Int {
        guard let text = request.query[name] else { return standard }
        guard let value = Int(text), bounds.contains(value) else {
            throw Problem.badRequest(
                "'\(name)' is a whole number from \(bounds.lowerBound) to \(bounds.upperBound).")
        }
        return value
    }

    /// A parameter's value that is `true` or `false`; the latter where it is left out.
    static func flag(_ request: Request, _ name: String) throws -> Bool {
        switch request.query[name] {
        case nil, "false": return false
        case "true": return true
        default: throw Problem.badRequest("'\(name)' is true or false.")
        }
    }

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
