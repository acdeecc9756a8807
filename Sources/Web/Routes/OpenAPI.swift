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
        /// Either of them is enough; an empty one is nothing.
        let security: [[String: [String]]]
        let parameters: [Parameter]
        let requestBody: Body?
        let responses: [String: Answer]
    }

    private struct Parameter: Encodable {
        let name: String
        let `in`: String
        let required: Bool
        let description: String
        let schema: Schema
    }

    private struct Schema: Encodable {
        let type: String
        var minimum: Int?
        var maximum: Int?
        var minLength: Int?

        init(_ kind: APIRoute.Parameter.Kind, isRequired: Bool) {
            switch kind {
            case .text:
                type = "string"
                minLength = isRequired ? 1 : nil
            case .flag: type = "boolean"
            case .number(let bounds):
                type = "integer"
                (minimum, maximum) = (bounds.lowerBound, bounds.upperBound)
            }
        }
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
    ///
    /// - Parameter readingNeedsToken: whether it does, as the console is configured.
    static func document(_ routes: [APIRoute], readingNeedsToken: Bool) throws -> String {
        var paths: [String: [String: Operation]] = [:]
        for route in routes {
            paths[route.path, default: [:]][route.method.rawValue] = operation(
                route, isOpen: route.scope == .view && !readingNeedsToken)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(paths: paths)), as: UTF8.self)
    }

    private static func operation(_ route: APIRoute, isOpen: Bool) -> Operation {
        let inPath = route.pathParameters.map {
            Parameter(
                name: $0, in: "path", required: true, description: "The \($0)'s name.",
                schema: Schema(.text, isRequired: true))
        }
        let inQuery = route.query.map {
            Parameter(
                name: $0.name, in: "query", required: $0.isRequired, description: $0.description,
                schema: Schema($0.kind, isRequired: $0.isRequired))
        }
        let refusals = [
            ("400", "A parameter is missing or wrong."), ("401", "A token is missing or wrong."),
            ("403", "The token's scope is too small."), ("404", "There is no such thing."),
            ("409", "It cannot be done as things are."),
            ("422", "The text is no valid playbook or schedule, or the moment is none."),
            ("429", "Too many wrong tokens."), ("default", "Why not, as RFC 9457 writes it."),
        ].map { status, description in
            let schema = ["application/problem+json": ["schema": ["type": "object"]]]
            return (status, Answer(description: description, content: schema))
        }
        let answer = Answer(
            description: "What was asked for.", content: ["application/json": ["schema": [:]]])
        return Operation(
            operationId: route.name, summary: route.summary,
            description: "Needs the scope '\(route.scope.rawValue)'.",
            security: (isOpen ? [[:]] : []) + [["token": []]],
            parameters: inPath + inQuery, requestBody: route.takesPlaybook ? Body() : nil,
            responses: Dictionary(uniqueKeysWithValues: refusals + [(String(route.status), answer)])
        )
    }
}
