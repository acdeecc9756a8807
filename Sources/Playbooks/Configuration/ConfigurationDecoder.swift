/// Turns the YAML text of one of Firedrill's own files into checked values, as strictly as a
/// playbook: every problem at once, each with its line and column.
public struct ConfigurationDecoder: Sendable {
    /// How messages call the file: `the alerts`.
    public var title: String
    public var grammar: [ParameterDeclaration]

    public init(title: String, grammar: [ParameterDeclaration]) {
        self.title = title
        self.grammar = grammar
    }

    /// Reads the file at `path`; throws what is wrong with it, and what `check` reports of it.
    public func decode(
        fileAt path: String, check: (Arguments, ConfigurationReport) -> Void = { _, _ in }
    ) throws(PlaybookProblems) -> Arguments {
        do throws(PlaybookProblems) {
            return try decode(try PlaybookFile.bytes(at: path), file: path, check: check)
        } catch {
            throw renamed(error)
        }
    }

    /// Decodes the bytes of a file.
    ///
    /// - Parameter check: looks for what no grammar tells, when nothing else is wrong.
    public func decode(
        _ bytes: [UInt8], file: String,
        check: (Arguments, ConfigurationReport) -> Void = { _, _ in }
    ) throws(PlaybookProblems) -> Arguments {
        let problems = ProblemCollector()
        guard let root = DocumentReader(problems: problems).read(bytes) else {
            throw renamed(problems.failure(in: file))
        }
        let reader = PlaybookReader(
            vocabulary: Vocabulary(systems: [], faults: [], probes: [], checks: [], metrics: []),
            problems: problems)
        let mapping = MappingReader(
            root, title: title, keys: grammar.map(\.name), problems: problems)
        guard let mapping else { throw problems.failure(in: file) }
        let values = reader.arguments(mapping, grammar)
        if problems.isEmpty { check(values, ConfigurationReport(root: root, problems: problems)) }
        guard problems.isEmpty else { throw problems.failure(in: file) }
        return values
    }

    /// What is found before the file's own grammar is at work calls every document a playbook.
    private func renamed(_ failure: PlaybookProblems) -> PlaybookProblems {
        var failure = failure
        for (index, problem) in failure.problems.enumerated() {
            for prefix in ["the playbook", "a playbook"] where problem.message.hasPrefix(prefix) {
                failure.problems[index].message = title + problem.message.dropFirst(prefix.count)
            }
        }
        return failure
    }
}

/// A step on the way to a value in a document: a key of a mapping, or a place in a list.
public enum ConfigurationStep: Sendable, Equatable, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral
{
    case key(String)
    case index(Int)

    public init(stringLiteral value: String) { self = .key(value) }
    public init(integerLiteral value: Int) { self = .index(value) }
}

/// Takes the problems that a file's own rules find, and knows where its values stand.
public struct ConfigurationReport {
    let root: DocumentNode
    let problems: ProblemCollector

    /// Adds a problem of the value that `path` leads to, or of the last one on the way that is there.
    public func add(_ message: String, at path: [ConfigurationStep]) {
        problems.add(message, at: place(of: path))
    }

    private func place(of path: [ConfigurationStep]) -> Place {
        var node = root
        var place = root.place
        for step in path {
            switch (step, node.content) {
            case (.key(let key), .mapping(let entries)):
                guard let entry = entries.first(where: { $0.key == key }) else { return place }
                (node, place) = (entry.value, entry.keyPlace)
            case (.index(let index), .sequence(let elements)):
                guard elements.indices.contains(index) else { return place }
                (node, place) = (elements[index], elements[index].place)
            // A lone value is read as a list of one.
            case (.index, _): continue
            default: return place
            }
        }
        return place
    }
}
