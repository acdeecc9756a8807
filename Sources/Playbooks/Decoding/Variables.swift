/// The variables of a playbook and the values they have in one drill.
///
/// A value comes from `--set`, else from the environment variable that the playbook names, else from
/// its default. A secret's value comes from where its reference leads; one from the environment is as
/// secret, for the playbook chose which of the caller's it is. `${name}` stands for it in any scalar
/// that is a value; alone it keeps the variable's type, quoted or not. `$${` writes a plain `${`.
struct Variables {
    struct Value {
        var text: String
        var isPlain: Bool
    }

    let problems: ProblemCollector
    private var values: [String: Value] = [:]
    private var declared: [String] = []
    private var secretNames: Set<String> = []
    /// What may not be written down, by name, and where each comes from.
    private var secrets: [String: String] = [:]
    private var sources: [String] = []

    private static let declarations: [ParameterDeclaration] = [
        .init("default", .string, "The value when nothing else gives one."),
        .init("environment", .string, "The environment variable that may give the value."),
        .init("summary", .string, "What the variable is for."),
    ]

    init(problems: ProblemCollector) {
        self.problems = problems
    }

    /// Replaces every variable in `root`, whose `variables` and `secrets` declare them.
    static func substitute(
        in root: DocumentNode, overrides: [String: String], environment: [String: String],
        problems: ProblemCollector
    ) -> DocumentNode {
        var variables = Variables(problems: problems)
        guard case .mapping(let entries) = root.content else { return root }
        if let entry = entries.first(where: { $0.key == "variables" }) {
            variables.declare(entry.value, overrides: overrides, environment: environment)
        }
        if let entry = entries.first(where: { $0.key == "secrets" }) {
            variables.declareSecrets(entry.value, environment: environment)
        }
        problems.secrets = Secrets(variables.secrets, sources: variables.sources)
        for name in overrides.keys.sorted() where !variables.declared.contains(name) {
            problems.add(
                "--set \(name.shortened): the playbook declares no such variable", at: .none,
                suggestion: Suggestion.nearest(to: name, among: variables.declared))
        }
        return DocumentNode(
            content: .mapping(
                entries.map { entry in
                    guard !["variables", "secrets"].contains(entry.key) else { return entry }
                    return .init(
                        key: entry.key, keyPlace: entry.keyPlace,
                        value: variables.replaced(entry.value))
                }), place: root.place)
    }

    private mutating func declare(
        _ node: DocumentNode, overrides: [String: String], environment: [String: String]
    ) {
        guard case .mapping(let entries) = node.content else {
            problems.add("'variables' must be a mapping and is \(node.kindText)", at: node.place)
            return
        }
        for entry in entries {
            guard Self.isName(entry.key) else {
                problems.add(
                    "a variable's name has letters, digits and '_', and this is"
                        + " '\(entry.key.shortened)'", at: entry.keyPlace)
                continue
            }
            declared.append(entry.key)
            let standing = standing(entry, environment: environment)
            if let text = overrides[entry.key] {
                values[entry.key] = Value(text: text, isPlain: true)
            } else if let standing {
                values[entry.key] = standing.value
                guard let name = standing.variable else { continue }
                secrets[entry.key] = standing.value.text
                sources.append("\(entry.key) from env:\(name)")
            }
        }
    }

    private mutating func declareSecrets(_ node: DocumentNode, environment: [String: String]) {
        let references = SecretReferences(environment: environment, problems: problems)
        let found = references.values(of: node)
        guard case .mapping(let entries) = node.content else { return }
        for entry in entries {
            if let value = found[entry.key], case .scalar(let text, _) = entry.value.content {
                secrets[entry.key] = value
                sources.append("\(entry.key) from \(text)")
            }
            if declared.contains(entry.key) {
                problems.add(
                    "'\(entry.key.shortened)' is a variable and a secret", at: entry.keyPlace)
            }
            secretNames.insert(entry.key)
            // Text, whatever it looks like.
            values[entry.key] = found[entry.key].map { Value(text: $0, isPlain: false) }
        }
    }

    /// The value that a variable has without `--set`, and the environment's variable it comes from.
    private func standing(
        _ entry: DocumentNode.Entry, environment: [String: String]
    ) -> (value: Value, variable: String?)? {
        switch entry.value.content {
        case .scalar(let text, let isPlain): return (Value(text: text, isPlain: isPlain), nil)
        case .sequence:
            problems.add(
                "variable '\(entry.key)' must be one value, not a list", at: entry.value.place)
            return nil
        case .mapping: break
        }
        guard
            let reader = MappingReader(
                entry.value, title: "variable '\(entry.key)'",
                keys: Self.declarations.map(\.name), problems: problems)
        else { return nil }
        if let node = reader["environment"] {
            guard case .scalar(let name, _) = node.content, !node.isNull else {
                problems.add("'environment' must name one variable", at: node.place)
                return nil
            }
            if let text = environment[name] { return (Value(text: text, isPlain: true), name) }
        }
        guard let node = reader["default"] else { return nil }
        guard case .scalar(let text, let isPlain) = node.content else {
            problems.add("'default' must be one value and is \(node.kindText)", at: node.place)
            return nil
        }
        return (Value(text: text, isPlain: isPlain), nil)
    }

    private func replaced(_ node: DocumentNode) -> DocumentNode {
        var node = node
        switch node.content {
        case .scalar(let text, let isPlain):
            guard text.utf8.contains(UInt8(ascii: "$")) else { return node }
            node.content = replaced(text, isPlain: isPlain, at: node.place)
        case .sequence(let elements): node.content = .sequence(elements.map(replaced))
        case .mapping(let entries):
            node.content = .mapping(
                entries.map {
                    .init(key: $0.key, keyPlace: $0.keyPlace, value: replaced($0.value))
                })
        }
        return node
    }

    private func replaced(_ text: String, isPlain: Bool, at place: Place) -> DocumentNode.Content {
        // A flow mapping must quote `${name}`, so that the quotes say nothing of the value.
        if text.hasPrefix("${"), let end = text.firstIndex(of: "}"),
            text.index(after: end) == text.endIndex
        {
            let value = value(text.dropFirst(2).dropLast(), at: place)
            return .scalar(value?.text ?? "", isPlain: value?.isPlain ?? true)
        }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
                result += value(rest[..<end].dropFirst(2), at: place)?.text ?? ""
                rest = rest[end...].dropFirst()
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return .scalar(result + rest, isPlain: isPlain)
    }

    private func value(_ name: Substring, at place: Place) -> Value? {
        let name = String(name)
        if let value = values[name] { return value }
        if secretNames.contains(name) {
            problems.addSpoiling("secret '\(name)' has no value", at: place)
        } else if declared.contains(name) {
            problems.addSpoiling(
                "variable '\(name)' has no value: give --set \(name)=VALUE", at: place)
        } else {
            problems.addSpoiling(
                "unknown variable '\(name.shortened)' (write $${...} for the text ${...})",
                at: place, suggestion: Suggestion.nearest(to: name, among: declared))
        }
        return nil
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
