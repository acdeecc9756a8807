import Foundation
import Yams

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
        guard let node = try Yams.compose(yaml: yaml, .basic) else { return ["empty"] }
        return try check(json(node), root, "")
    }

    private func json(_ node: Node) -> Any {
        switch node {
        case .mapping(let mapping):
            var object: [String: Any] = [:]
            for (key, value) in mapping { object[key.string ?? ""] = json(value) }
            return object
        case .sequence(let sequence): return sequence.map { json($0) }
        case .scalar(let scalar):
            guard scalar.style == .plain else { return scalar.string }
            if ["", "~", "null"].contains(scalar.string) { return NSNull() }
            if scalar.string == "true" || scalar.string == "false" {
                return scalar.string == "true"
            }
            if let number = Int(scalar.string) { return number }
            if let number = Double(scalar.string) { return number }
            return scalar.string
        case .alias: return NSNull()
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
