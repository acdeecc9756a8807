import FoundationEssentials
import History

/// The API's description for programs, made of the very table that the router is made of.
///
/// https://spec.openapis.org/oas/v3.1.0
enum OpenAPI {
    private struct Document: Encodable {
        let openapi = "3.1.0"
        let info = ["title": "Firedrill", "version": "1"]
        let paths: [String: [String: Operation]]
        let components = Components()
        let security: [[String: [String]]] = [["token": []]]
    }

    private struct Components: Encodable {
        struct Scheme: Encodable {
            let type = "http"
            let scheme = "bearer"
            let description = "A token of `firedrill token add`; its scope says what it may do."
        }

        let securitySchemes = ["token": Scheme()]
    }

    private struct Operation: Encodable {
        let operationId: String
        let summary: String
        let description: String
        let parameters: [Parameter]
        let requestBody: Body?
        let responses: [String: Answer]
    }

    private struct Parameter: Encodable {
        let name: String
        let `in`: String
        let required: Bool
        let description: String
        let schema = ["type": "string"]
    }

    private struct Body: Encodable {
        let required = true
        let content = ["application/yaml": ["schema": ["type": "string"]]]
    }

    private struct Answer: Encodable {
        let description: String
        let content: [String: [String: [String: String]]]
    }

    /// The document's text.
    static func document(_ routes: [APIRoute]) throws -> String {
        var paths: [String: [String: Operation]] = [:]
        for route in routes {
            paths[route.path, default: [:]][route.method.rawValue] = operation(route)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(paths: paths)), as: UTF8.self)
    }

    private static func operation(_ route: APIRoute) -> Operation {
        let inPath = route.pathParameters.map {
            Parameter(name: $0, in: "path", required: true, description: "The \($0)'s name.")
        }
        let inQuery = route.query.map {
            Parameter(
                name: $0.name, in: "query", required: $0.isRequired, description: $0.description)
        }
        let problem = Answer(
            description: "Why not, as RFC 9457 writes it.",
            content: ["application/problem+json": ["schema": ["type": "object"]]])
        return Operation(
            operationId: route.name, summary: route.summary,
            description: "Needs the scope '\(route.scope.rawValue)'.",
            parameters: inPath + inQuery, requestBody: route.takesPlaybook ? Body() : nil,
            responses: [
                String(route.status): Answer(
                    description: "What was asked for.",
                    content: ["application/json": ["schema": [:]]]), "default": problem,
            ])
    }
}
