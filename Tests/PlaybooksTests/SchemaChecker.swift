import Foundation

@testable import Playbooks

/// Checks a YAML document against a JSON Schema, by the part of draft 2020-12 that playbooks use.
///
/// A keyword that it does not know is an error of the test, so that no rule passes unread.
struct SchemaChecker {
    struct UnknownKeyword: Error { var keyword: String }

    private let root: [String: Any]

    init(schema: String) throws {
        let object = try JSONSerialization.jsonObject(with: Data(schema.utf8))
        root = object as? [String: Any] ?? [:]
    }

    /// The places in `yaml` that break the schema; empty when it conforms.
    func complaints(about yaml: String) throws -> [String] {
        guard let node = DocumentReader(problems: ProblemCollector()).read(Array(yaml.utf8)) else {
            return ["no document"]
        }
        return try check(json(node), root, "")
    }

    private func json(_ node: DocumentNode) -> Any {
        switch node.content {
        case .mapping(let entries):
            var object: [String: Any] = [:]
            for entry in entries { object[entry.key] = json(entry.value) }
            return object
        case .sequence(let elements): return elements.map { json($0) }
        case .scalar(let text, let isPlain):
            guard isPlain else { return text }
            if node.isNull { return NSNull() }
            if text == "true" || text == "false" { return text == "true" }
            if let number = Int(text) { return number }
            if let number = Double(text) { return number }
            return text
        }
    }

    private func check(_ value: Any, _ schema: [String: Any], _ path: String) throws -> [String] {
        var complaints: [String] = []
        for (keyword, rule) in schema {
            complaints += try check(value, keyword, rule, schema, path)
        }
        return complaints
    }

    private func check(
        _ value: Any, _ keyword: String, _ rule: Any, _ schema: [String: Any], _ path: String
    ) throws -> [String] {
        switch keyword {
        case "$schema", "$defs", "title", "description": return []
        case "$ref":
            let name = (rule as? String ?? "").split(separator: "/").last.map(String.init) ?? ""
            let definitions = root["$defs"] as? [String: Any]
            guard let target = definitions?[name] as? [String: Any] else {
                throw UnknownKeyword(keyword: "$ref \(rule)")
            }
            return try check(value, target, path)
        case "anyOf", "oneOf":
            let branches = try (rule as? [[String: Any]] ?? []).map { try check(value, $0, path) }
            let fitting = branches.count { $0.isEmpty }
            if fitting == 1 || (fitting > 1 && keyword == "anyOf") { return [] }
            return ["\(path): fits \(fitting) branches of \(keyword)"]
        case "properties", "required", "additionalProperties", "minProperties":
            guard let object = value as? [String: Any] else { return [] }
            return try check(object, keyword, rule, schema, path)
        case "items":
            guard let array = value as? [Any], let rule = rule as? [String: Any] else { return [] }
            return try array.enumerated().flatMap { try check($1, rule, "\(path)/\($0)") }
        default: return try checkScalar(value, keyword, rule, path)
        }
    }

    private func check(
        _ object: [String: Any], _ keyword: String, _ rule: Any, _ schema: [String: Any],
        _ path: String
    ) throws -> [String] {
        let known = schema["properties"] as? [String: Any] ?? [:]
        switch (keyword, rule) {
        case ("properties", _):
            return try object.flatMap { key, value in
                guard let rule = known[key] as? [String: Any] else { return [String]() }
                return try check(value, rule, "\(path)/\(key)")
            }
        case ("required", let names as [String]):
            return names.filter { object[$0] == nil }.map { "\(path): needs \($0)" }
        case ("minProperties", let count as Int):
            return object.count < count ? ["\(path): too few keys"] : []
        case ("additionalProperties", let rule as [String: Any]):
            return try object.flatMap { try check($1, rule, "\(path)/\($0)") }
        default:
            return object.keys.filter { known[$0] == nil }.map { "\(path): unknown key \($0)" }
        }
    }

    private func checkScalar(
        _ value: Any, _ keyword: String, _ rule: Any, _ path: String
    ) throws -> [String] {
        let fits: Bool
        switch (keyword, rule) {
        case ("type", let type as String): fits = types(of: value).contains(type)
        case ("type", let some as [String]): fits = some.contains { types(of: value).contains($0) }
        case ("const", let text as String): fits = value as? String == text
        case ("enum", let words as [String]): fits = words.contains { value as? String == $0 }
        case ("pattern", let pattern as String):
            guard let text = value as? String else { return [] }
            fits = text.range(of: pattern, options: .regularExpression) != nil
        case ("minimum", let limit as Double): fits = number(value).map { $0 >= limit } ?? true
        case ("maximum", let limit as Double): fits = number(value).map { $0 <= limit } ?? true
        case ("minItems", let count as Int):
            fits = (value as? [Any]).map { $0.count >= count } ?? true
        default: throw UnknownKeyword(keyword: keyword)
        }
        return fits ? [] : ["\(path): \(value) does not fit \(keyword) \(rule)"]
    }

    private func types(of value: Any) -> [String] {
        switch value {
        case is Bool: ["boolean"]
        case is Int: ["integer", "number"]
        case is Double: ["number"]
        case is String: ["string"]
        case is [Any]: ["array"]
        case is [String: Any]: ["object"]
        default: ["null"]
        }
    }

    private func number(_ value: Any) -> Double? {
        (value as? Int).map(Double.init) ?? (value as? Double)
    }
}
