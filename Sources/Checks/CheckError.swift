import Playbooks

/// A check that a playbook asks for and that cannot be made.
public struct CheckError: Error, Equatable, CustomStringConvertible {
    public var check: String
    /// The playbook's line; 0 when unknown.
    public var line: Int
    public var reason: String
    /// What to write instead.
    public var remedy: String

    public init(check: String, line: Int, reason: String, remedy: String) {
        self.check = check
        self.line = line
        self.reason = reason
        self.remedy = remedy
    }

    /// An expectation that lacks a key without which it means nothing.
    static func missing(
        _ key: String, in expectation: Expectation, remedy: String
    ) -> CheckError {
        CheckError(
            check: expectation.kind, line: expectation.line, reason: "'\(key)' is missing",
            remedy: remedy)
    }

    public var description: String {
        "line \(line): check '\(check)': \(reason); \(remedy)"
    }
}
