extension PlaybookReader {
    /// Reads the values that `declarations` ask for out of a checked mapping, defaults filled in.
    func arguments(_ reader: MappingReader, _ declarations: [ParameterDeclaration]) -> Arguments {
        var arguments = Arguments()
        for declaration in declarations {
            guard let node = reader[declaration.name] else {
                if let value = declaration.defaultValue {
                    arguments.values[declaration.name] = value
                } else if declaration.isRequired {
                    problems.add("\(reader.title) needs '\(declaration.name)'", at: reader.place)
                }
                continue
            }
            let value = value(node, as: declaration.type, called: declaration.name)
            arguments.values[declaration.name] = value ?? declaration.defaultValue
        }
        return arguments
    }

    /// Reads one value; nil after a report.
    func value(_ node: DocumentNode, as type: ParameterType, called name: String) -> ArgumentValue?
    {
        switch type {
        case .list(let element): return list(node, of: element, called: name)
        case .mapping(let declarations):
            guard
                let reader = MappingReader(
                    node, title: "'\(name)'", keys: declarations.map(\.name), problems: problems)
            else { return nil }
            return .mapping(arguments(reader, declarations))
        case .either(let types): return either(node, of: types, called: name)
        default: break
        }
        guard case .scalar(let text, let isPlain) = node.content, !node.isNull else {
            problems.add(
                "'\(name)' must be \(type.phrase) and is \(node.kindText)", at: node.place)
            return nil
        }
        do {
            return try scalar(text, isPlain: isPlain, as: type)
        } catch {
            problems.add("'\(name)' \(error.reason)", at: node.place, suggestion: error.suggestion)
            return nil
        }
    }

    private func scalar(
        _ text: String, isPlain: Bool, as type: ParameterType
    ) throws(QuantityError) -> ArgumentValue {
        let refused = QuantityError("must be \(type.phrase) and is '\(text.shortened)'")
        switch type {
        case .duration: return .duration(try Quantity.duration(text))
        case .byteCount: return .byteCount(try Quantity.byteCount(text))
        case .rate: return .rate(try Quantity.rate(text))
        case .ratio: return .ratio(try Quantity.ratio(text))
        case .string: return .string(text)
        case .integer(let range):
            guard isPlain, let number = Int64(text), range.contains(number) else { throw refused }
            return .integer(number)
        case .number(let range):
            guard isPlain, let decimal = try DecimalNumber(prefixOf: text), decimal.unit.isEmpty,
                range.contains(decimal.value)
            else { throw refused }
            return .number(decimal.value)
        case .boolean:
            guard isPlain, text == "true" || text == "false" else { throw refused }
            return .boolean(text == "true")
        case .choice(let words):
            guard words.contains(text) else {
                throw QuantityError(
                    refused.reason, suggestion: Suggestion.nearest(to: text, among: words))
            }
            return .string(text)
        case .list, .mapping, .either: throw refused
        }
    }

    private func list(
        _ node: DocumentNode, of type: ParameterType, called name: String
    ) -> ArgumentValue? {
        guard case .sequence(let elements) = node.content else {
            return value(node, as: type, called: name).map { .list([$0]) }
        }
        let before = problems.count
        let values = elements.compactMap { value($0, as: type, called: name) }
        return problems.count == before ? .list(values) : nil
    }

    private func either(
        _ node: DocumentNode, of types: [ParameterType], called name: String
    ) -> ArgumentValue? {
        for type in types {
            let trial = PlaybookReader(vocabulary: vocabulary, problems: ProblemCollector())
            let value = trial.value(node, as: type, called: name)
            if let value, trial.problems.isEmpty { return value }
        }
        // A list or a mapping is read again by the type it was meant for: its report is exact.
        if let type = types.first(where: { $0.fitsShape(of: node) }) {
            return value(node, as: type, called: name)
        }
        let phrase = types.map(\.phrase).joined(separator: ", or ")
        problems.add("'\(name)' must be \(phrase) and is \(node.kindText)", at: node.place)
        return nil
    }
}

extension ParameterType {
    /// What a value must be, for messages: `a duration as '10 s'`.
    var phrase: String {
        switch self {
        case .duration: "a duration as '10 s'"
        case .byteCount: "a size as '256 MiB'"
        case .rate: "a rate as '400/s'"
        case .ratio: "a share as '0.1 %'"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            "a number from \(decimals(range.lowerBound, 6)) to \(decimals(range.upperBound, 6))"
        case .boolean: "true or false"
        case .string: "text"
        case .choice(let words):
            words.count == 1 ? "'\(words[0])'" : "one of " + words.joined(separator: ", ")
        case .list(let type): "a list, each \(type.phrase)"
        case .mapping(let declarations):
            "a mapping with " + declarations.map { "'\($0.name)'" }.joined(separator: ", ")
        case .either(let types): types.map(\.phrase).joined(separator: ", or ")
        }
    }

    /// Whether a list is meant and given, or a mapping is meant and given.
    fileprivate func fitsShape(of node: DocumentNode) -> Bool {
        switch (self, node.content) {
        case (.list, .sequence), (.mapping, .mapping): true
        default: false
        }
    }
}
