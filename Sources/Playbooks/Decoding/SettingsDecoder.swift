/// Reads YAML documents that are one mapping of declared keys, as strictly as playbooks.
public struct SettingsDecoder: Sendable {
    private let title: String
    private let parameters: [ParameterDeclaration]

    /// - Parameter title: how messages call the mapping: `the schedule`.
    public init(title: String, parameters: [ParameterDeclaration]) {
        self.title = title
        self.parameters = parameters
    }

    /// Decodes the bytes of a document; throws every problem with its place.
    public func decode(_ bytes: [UInt8], file: String) throws(PlaybookProblems) -> Settings {
        let problems = ProblemCollector()
        guard let root = DocumentReader(problems: problems).read(bytes) else {
            throw problems.failure(in: file)
        }
        let reader = PlaybookReader(
            vocabulary: Vocabulary(systems: [], faults: [], probes: [], checks: [], metrics: []),
            problems: problems)
        let names = parameters.map(\.name)
        guard
            let mapping = MappingReader(root, title: title, keys: names, problems: problems)
        else { throw problems.failure(in: file) }
        let arguments = reader.arguments(mapping, parameters)
        guard problems.isEmpty else { throw problems.failure(in: file) }
        let places = names.map { ($0, mapping.place(of: $0)) }
        return Settings(
            arguments: arguments, file: file,
            places: Dictionary(uniqueKeysWithValues: places))
    }
}

/// The checked values of a document, and where each stands.
public struct Settings: Sendable {
    public let arguments: Arguments
    let file: String
    let places: [String: Place]

    /// A mistake in the value of a key, with its place.
    public func problem(_ key: String, _ message: String) -> PlaybookProblems {
        let place = places[key] ?? .none
        return PlaybookProblems(
            file: file,
            problems: [
                PlaybookProblem(line: place.line, column: place.column, message: message)
            ])
    }
}
