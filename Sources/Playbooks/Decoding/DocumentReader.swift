import Yams

/// Turns YAML text into a ``DocumentNode``, or reports why it cannot.
struct DocumentReader {
    let problems: ProblemCollector

    /// Reads the one document of `bytes`; nil after a report.
    func read(_ bytes: [UInt8]) -> DocumentNode? {
        guard let text = DocumentLimits.text(of: bytes, problems: problems) else { return nil }
        do {
            // The basic resolver types nothing: `on` stays a key and `yes` a text, and the cost of
            // regular expressions for every scalar is saved.
            guard let root = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                problems.add("the playbook is empty", at: .none)
                return nil
            }
            var budget = DocumentLimits.nodes
            let node = convert(root, depth: 0, budget: &budget)
            if let node, node.isNull {
                problems.add("the playbook is empty", at: .none)
                return nil
            }
            return node
        } catch let error as YamlError {
            report(error, in: text)
        } catch {
            problems.add("the playbook could not be read: \(error)", at: .none)
        }
        return nil
    }

    private func convert(_ node: Node, depth: Int, budget: inout Int) -> DocumentNode? {
        let place = Place(node.mark)
        budget -= 1
        guard budget > 0 else {
            problems.add(
                "the playbook's aliases expand to more than \(DocumentLimits.nodes) values",
                at: place)
            return nil
        }
        guard depth < DocumentLimits.depth else {
            problems.add("nested more than \(DocumentLimits.depth) levels deep", at: place)
            return nil
        }
        switch node {
        case .scalar(let scalar):
            guard accept(scalar.tag, as: .str, at: place) else { return nil }
            return DocumentNode(
                content: .scalar(scalar.string, isPlain: scalar.style == .plain), place: place)
        case .sequence(let sequence):
            guard accept(sequence.tag, as: .seq, at: place) else { return nil }
            var elements: [DocumentNode] = []
            for element in sequence {
                guard let element = convert(element, depth: depth + 1, budget: &budget) else {
                    return nil
                }
                elements.append(element)
            }
            return DocumentNode(content: .sequence(elements), place: place)
        case .mapping(let mapping):
            guard accept(mapping.tag, as: .map, at: place) else { return nil }
            guard let entries = entries(of: mapping, depth: depth, budget: &budget) else {
                return nil
            }
            return DocumentNode(content: .mapping(entries), place: place)
        case .alias:
            problems.add("an alias that was not resolved", at: place)
            return nil
        }
    }

    private func entries(
        of mapping: Node.Mapping, depth: Int, budget: inout Int
    ) -> [DocumentNode.Entry]? {
        var entries: [DocumentNode.Entry] = []
        for (key, value) in mapping {
            let place = Place(key.mark)
            guard case .scalar(let scalar) = key else {
                problems.add("a key must be a word, not a list or a mapping", at: place)
                return nil
            }
            guard scalar.string != "<<" else {
                problems.add("merge keys ('<<') are not read; use variables", at: place)
                return nil
            }
            guard let value = convert(value, depth: depth + 1, budget: &budget) else { return nil }
            entries.append(.init(key: scalar.string, keyPlace: place, value: value))
        }
        return entries
    }

    private func accept(_ tag: Tag, as name: Tag.Name, at place: Place) -> Bool {
        guard tag.rawValue.isEmpty || tag.rawValue == name.rawValue else {
            problems.add("tags are not read: remove '\(tag.rawValue.shortened)'", at: place)
            return false
        }
        return true
    }

    private func report(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            guard !isIndentedByTab(text, mark.line) else {
                return problems.add("a tab cannot indent YAML; use spaces", at: Place(mark))
            }
            let prefix = context.map { "\($0.text) (line \($0.mark.line)), " } ?? ""
            problems.add("not valid YAML: \(prefix)\(problem)", at: Place(mark))
        case .composer(_, let problem, let mark, _) where problem.contains("another document"):
            problems.add("a playbook is one document, and a second begins here", at: Place(mark))
        case .composer(_, let problem, let mark, _):
            problems.add("not valid YAML: \(problem)", at: Place(mark))
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            let first = Place(context.mark)
            let second = placeOfRepeat(of: key, after: first, in: text)
            problems.add(
                "'\(key.shortened)' is given twice"
                    + (second == nil ? "" : ", first on line \(first.line)"),
                at: second ?? first)
        case .memory:
            // libyaml answers so when it is nested more than 1,000 levels deep.
            problems.add("nested more than \(DocumentLimits.depth) levels deep", at: .none)
        case .reader(let problem, _, _, _):
            problems.add("not valid YAML: \(problem)", at: .none)
        default:
            problems.add("not valid YAML", at: .none)
        }
    }

    private func isIndentedByTab(_ text: String, _ line: Int) -> Bool {
        let lines = text.utf8.split(
            separator: UInt8(ascii: "\n"), maxSplits: line, omittingEmptySubsequences: false)
        guard line > 0, line <= lines.count else { return false }
        let blank = lines[line - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return blank.contains(UInt8(ascii: "\t"))
    }

    /// The next line on which `key` stands in the same column; the parser tells only of the first.
    private func placeOfRepeat(of key: String, after first: Place, in text: String) -> Place? {
        let start = String(repeating: " ", count: max(0, first.column - 1)) + key + ":"
        var line = 0
        for content in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        {
            line += 1
            guard line > first.line, content.hasPrefix(start) else { continue }
            return Place(line: line, column: first.column)
        }
        return nil
    }
}

extension Place {
    init(_ mark: Mark?) {
        self.init(line: mark?.line ?? 0, column: mark?.column ?? 0)
    }
}
