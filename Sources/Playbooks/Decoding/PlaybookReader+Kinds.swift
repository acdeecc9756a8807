/// A kind as a playbook names it, before it is looked up.
struct KindName {
    var name: String
    var place: Place
}

/// A step or condition of a known kind, read by its declaration.
struct KindUse {
    var declaration: KindDeclaration
    var reader: MappingReader
    var arguments: Arguments
    var selector: Selector?
    var name: String?
}

extension PlaybookReader {
    /// Reads the word under `key` of a mapping; nil after a report.
    func kindName(_ node: DocumentNode, key: String, title: String) -> KindName? {
        guard case .mapping(let entries) = node.content else {
            problems.add("\(title) must be a mapping and is \(node.kindText)", at: node.place)
            return nil
        }
        guard let value = entries.first(where: { $0.key == key })?.value else {
            problems.add("\(title) needs '\(key)'", at: node.place)
            return nil
        }
        guard case .scalar(let name, _) = value.content, !value.isNull else {
            problems.add("'\(key)' must be text and is \(value.kindText)", at: value.place)
            return nil
        }
        return KindName(name: name, place: value.place)
    }

    func declaration(
        of kind: KindName, what: String, among declarations: [KindDeclaration],
        others: [String] = []
    ) -> KindDeclaration? {
        if let declaration = declarations.first(where: { $0.kind == kind.name }) {
            return declaration
        }
        let known = declarations.map(\.kind) + others
        let suggestion = Suggestion.nearest(to: kind.name, among: known)
        var message = "unknown \(what) '\(kind.name.shortened)'"
        if suggestion == nil, known.count <= 30 {
            message += "; known are " + known.sorted().joined(separator: ", ")
        }
        problems.add(message, at: kind.place, suggestion: suggestion)
        return nil
    }

    /// Reads a step or condition: its kind under `key`, its declared values, its name and selector.
    func use(
        _ node: DocumentNode, key: String, among declarations: [KindDeclaration],
        common: [String]
    ) -> KindUse? {
        guard let kind = kindName(node, key: key, title: "the step"),
            let declaration = declaration(of: kind, what: key, among: declarations)
        else { return nil }
        let title = "\(key) '\(kind.name)'"
        let selectorKey = declaration.selector == .none ? [] : ["on"]
        guard
            let reader = MappingReader(
                node, title: title,
                keys: [key] + common + selectorKey + declaration.parameters.map(\.name),
                problems: problems)
        else { return nil }
        if declaration.selector == .required, reader["on"] == nil {
            problems.add("\(title) needs 'on': what it is aimed at", at: node.place)
        }
        let use = KindUse(
            declaration: declaration, reader: reader,
            arguments: arguments(reader, declaration.parameters),
            selector: reader["on"].flatMap { selector($0) }, name: stepName(reader))
        checkMetric(use)
        checkPackets(use)
        return use
    }

    /// Packets of an interface are no node: a kind that does not know them would hit another thing.
    private func checkPackets(_ use: KindUse) {
        guard use.selector?.packets != nil, !use.declaration.selectsPackets else { return }
        let able = vocabulary.faults.filter(\.selectsPackets).map(\.kind)
        problems.add(
            "'\(use.declaration.kind)' cannot be aimed at the packets of an interface"
                + (able.isEmpty ? "" : "; \(able.joined(separator: ", ")) can"),
            at: use.reader.place(of: "on"))
    }

    private func stepName(_ reader: MappingReader) -> String? {
        guard let node = reader["name"],
            case .string(let name) = value(node, as: .string, called: "name")
        else { return nil }
        if name.isEmpty || name.count > 100 {
            problems.add("'name' must have 1 to 100 characters", at: node.place)
        }
        return name
    }

    /// A declared parameter `metric` names one of the vocabulary's metrics.
    private func checkMetric(_ use: KindUse) {
        guard let node = use.reader["metric"], let name = use.arguments.string("metric") else {
            return
        }
        _ = metric(KindName(name: name, place: node.place))
    }

    /// Looks a metric up; nil after a report.
    func metric(_ name: KindName) -> MetricDeclaration? {
        if let metric = vocabulary.metrics.first(where: { $0.name == name.name }) { return metric }
        let known = vocabulary.metrics.map(\.name)
        let suggestion = Suggestion.nearest(to: name.name, among: known)
        var message = "unknown metric '\(name.name.shortened)'"
        if suggestion == nil, known.count <= 30 {
            message += "; known are " + known.sorted().joined(separator: ", ")
        }
        problems.add(message, at: name.place, suggestion: suggestion)
        return nil
    }

    /// Reads a duration that must be more than zero; nil when left out or after a report.
    func positiveDuration(_ reader: MappingReader, _ key: String) -> Duration? {
        guard let node = reader[key],
            case .duration(let duration) = value(node, as: .duration, called: key)
        else { return nil }
        if duration == .zero { problems.add("'\(key)' must be more than 0", at: node.place) }
        return duration
    }
}
