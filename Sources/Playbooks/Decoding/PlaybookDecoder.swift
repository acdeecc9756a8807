/// Turns the YAML text of a playbook into a checked ``Playbook``, or says all that is wrong with it.
///
/// Decoding is strict: unknown and repeated keys, missing units, tags and second documents are
/// errors with their line and column. It takes bounded time and memory on any input: 4 MiB of text,
/// 400,000 values, 64 levels, 16 aliases, 10,000 steps.
public struct PlaybookDecoder: Sendable {
    public var vocabulary: Vocabulary

    public init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
    }

    /// Decodes the bytes of a playbook.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8 text.
    ///   - file: The file as the user named it, for messages.
    ///   - name: What `playbook:` must say; nil leaves it open.
    ///   - overrides: The values of `--set name=value`.
    ///   - environment: The environment; only variables that the playbook names are read. Files are
    ///     read where a secret refers to one.
    public func decode(
        _ bytes: [UInt8], file: String = "playbook", name: String? = nil,
        overrides: [String: String] = [:], environment: [String: String] = [:]
    ) throws(PlaybookProblems) -> Playbook {
        let problems = ProblemCollector()
        guard let root = DocumentReader(problems: problems).read(bytes) else {
            throw problems.failure(in: file)
        }
        let substituted = Variables.substitute(
            in: root, overrides: overrides, environment: environment, problems: problems)
        let reader = PlaybookReader(vocabulary: vocabulary, problems: problems)
        guard var playbook = reader.playbook(substituted, name: name), problems.isEmpty else {
            throw problems.failure(in: file)
        }
        playbook.secrets = problems.secrets
        return playbook
    }

    /// Decodes the text of a playbook.
    public func decode(
        _ text: String, file: String = "playbook", name: String? = nil,
        overrides: [String: String] = [:], environment: [String: String] = [:]
    ) throws(PlaybookProblems) -> Playbook {
        try decode(
            Array(text.utf8), file: file, name: name, overrides: overrides,
            environment: environment)
    }

    /// What `playbook:` must say in the file at `path`: its name without directory and extension.
    public static func name(ofFileAt path: String) -> String {
        let base = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".yaml", ".yml"] where base.hasSuffix(ending) {
            return String(base.dropLast(ending.count))
        }
        return base
    }
}
