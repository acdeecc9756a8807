/// Makes the tree of one document from the events of a parser.
///
/// Memory and time stay within those of ``DocumentLimits``: an alias shares the node that it names,
/// but counts as all the nodes in it, for whoever reads the tree meets them all.
struct DocumentComposer {
    /// Why a text that is YAML is no playbook's document.
    struct Problem: Error {
        var message: String
        var place: Place
    }

    private let parser: YAMLParser
    private var anchors: [String: (node: DocumentNode, count: Int, levels: Int)] = [:]
    /// Of the values so far.
    private var count = 0
    /// The deepest level of the node that is being made.
    private var deepest = 0

    init(_ parser: YAMLParser) {
        self.parser = parser
    }

    /// The one document of the text; nil when there is none.
    mutating func document() throws -> DocumentNode? {
        guard case .documentStart = try parser.next().content else { return nil }
        let root = try node(from: try parser.next(), depth: 0)
        // The end of the first document.
        _ = try parser.next()
        let after = try parser.next()
        guard case .streamEnd = after.content else {
            throw Problem(
                message: "a playbook is one document, and a second begins here", place: after.place)
        }
        return root
    }

    private mutating func node(from event: YAMLEvent, depth: Int) throws -> DocumentNode {
        let (before, outside) = (count, deepest)
        count += 1
        deepest = depth
        defer { deepest = max(outside, deepest) }
        try checkLimits(at: event.place)
        let content: DocumentNode.Content
        switch event.content {
        case .scalar(let text, let isPlain):
            try refuseTag(of: event, unless: "str")
            content = .scalar(text, isPlain: isPlain)
        case .sequenceStart:
            try refuseTag(of: event, unless: "seq")
            content = .sequence(try elements(depth: depth + 1))
        case .mappingStart:
            try refuseTag(of: event, unless: "map")
            content = .mapping(try entries(depth: depth + 1))
        case .alias(let name):
            return try named(name, depth: depth, at: event.place)
        case .documentStart, .documentEnd, .streamEnd, .end:
            throw Problem(message: "not valid YAML: a value is missing", place: event.place)
        }
        let node = DocumentNode(content: content, place: event.place)
        // A later node of the same name takes its place (YAML 1.1, 7.1).
        if let anchor = event.anchor { anchors[anchor] = (node, count - before, deepest - depth) }
        return node
    }

    private mutating func elements(depth: Int) throws -> [DocumentNode] {
        var elements: [DocumentNode] = []
        while true {
            let event = try parser.next()
            if case .end = event.content { return elements }
            elements.append(try node(from: event, depth: depth))
        }
    }

    private mutating func entries(depth: Int) throws -> [DocumentNode.Entry] {
        var entries: [DocumentNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try parser.next()
            if case .end = event.content { return entries }
            let key = try key(from: event)
            if let line = lines.updateValue(event.place.line, forKey: key) {
                throw Problem(
                    message: "'\(key.shortened)' is given twice, first on line \(line)",
                    place: event.place)
            }
            let value = try node(from: try parser.next(), depth: depth)
            entries.append(.init(key: key, keyPlace: event.place, value: value))
        }
    }

    private mutating func key(from event: YAMLEvent) throws -> String {
        var node: DocumentNode?
        switch event.content {
        case .scalar, .alias: node = try self.node(from: event, depth: 0)
        default: break
        }
        guard case .scalar(let text, _) = node?.content else {
            throw Problem(
                message: "a key must be a word, not a list or a mapping", place: event.place)
        }
        guard text != "<<" else {
            throw Problem(
                message: "merge keys ('<<') are not read; use variables", place: event.place)
        }
        return text
    }

    private mutating func named(
        _ name: String, depth: Int, at place: Place
    ) throws -> DocumentNode {
        guard let (node, size, levels) = anchors[name] else {
            throw Problem(message: "not valid YAML: found undefined alias", place: place)
        }
        count += size - 1
        deepest = depth + levels
        try checkLimits(at: place)
        return node
    }

    private func checkLimits(at place: Place) throws {
        guard deepest < DocumentLimits.depth else {
            throw Problem(
                message: "nested more than \(DocumentLimits.depth) levels deep", place: place)
        }
        guard count < DocumentLimits.nodes else {
            throw Problem(
                message: "the playbook has more than \(DocumentLimits.nodes) values, those that "
                    + "aliases repeat among them", place: place)
        }
    }

    private func refuseTag(of event: YAMLEvent, unless name: String) throws {
        guard let tag = event.tag, tag != "tag:yaml.org,2002:\(name)" else { return }
        throw Problem(message: "tags are not read: remove '\(tag.shortened)'", place: event.place)
    }
}
