/// One mistake in a playbook, with its place.
public struct PlaybookProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, from 1; 0 when the mistake has no place in the document.
    public var line: Int
    /// The column in Unicode scalars, from 1; 0 when the mistake has no place in the line.
    public var column: Int
    public var message: String
    /// The word that was probably meant.
    public var suggestion: String?

    public init(line: Int, column: Int, message: String, suggestion: String? = nil) {
        self.line = line
        self.column = column
        self.message = message
        self.suggestion = suggestion
    }

    /// One line: `23:11: unknown fault 'procces.kill'; did you mean 'process.kill'?`.
    public var description: String {
        var text = message
        if let suggestion { text += "; did you mean '\(suggestion)'?" }
        if column > 0 { text = "\(column): " + text }
        if line > 0 { text = "\(line):" + (column > 0 ? "" : " ") + text }
        return text
    }
}

/// Everything that is wrong with a playbook, in the order of the lines.
public struct PlaybookProblems: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file as the user named it.
    public var file: String
    public var problems: [PlaybookProblem]
    /// How many more there are than are kept.
    public var omitted: Int

    public init(file: String, problems: [PlaybookProblem], omitted: Int = 0) {
        self.file = file
        self.problems = problems
        self.omitted = omitted
    }

    /// One line a problem: `playbooks/x.yaml:23:11: unknown fault ...`.
    public var description: String {
        var lines = problems.map { problem in
            "\(file):\(problem.line > 0 ? "" : " ")\(problem)"
        }
        if omitted > 0 { lines.append("\(file): and \(omitted) more problems") }
        return lines.joined(separator: "\n")
    }
}

/// Collects problems while a playbook is read, so that all are reported at once.
///
/// Used by one decoding on one thread; at most ``limit`` problems are kept.
final class ProblemCollector {
    static let limit = 100

    private(set) var problems: [PlaybookProblem] = []
    private(set) var omitted = 0
    /// What no message may repeat.
    var secrets = Secrets()

    /// Places whose value is unknown: what else is wrong there only follows from that.
    private var spoilt: Set<Place> = []

    var isEmpty: Bool { problems.isEmpty }

    /// How many problems were found, those that were not kept included.
    var count: Int { problems.count + omitted }

    func add(_ message: String, at place: Place, suggestion: String? = nil) {
        let problem = PlaybookProblem(
            line: place.line, column: place.column, message: secrets.redact(message),
            suggestion: suggestion)
        guard !spoilt.contains(place) else { return }
        guard problems.count < Self.limit else { return omitted += 1 }
        // Aliases bring the same node, and its mistakes, more than once.
        guard !problems.contains(problem) else { return }
        problems.append(problem)
    }

    /// Adds a problem that leaves the value at `place` unknown.
    func addSpoiling(_ message: String, at place: Place, suggestion: String? = nil) {
        add(message, at: place, suggestion: suggestion)
        spoilt.insert(place)
    }

    func failure(in file: String) -> PlaybookProblems {
        PlaybookProblems(
            file: file,
            problems: problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) },
            omitted: omitted)
    }
}
