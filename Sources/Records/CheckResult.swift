/// What one check says of the evidence.
public struct CheckResult: Sendable, Codable, Equatable {
    public enum Status: String, Sendable, Codable { case held, broken, inconclusive }

    /// `failover`, `no_loss`, `steady_state:health`.
    public var check: String
    public var status: Status
    /// One sentence with the decisive numbers, for people: the reason.
    public var sentence: String
    public var figures: [Figure]
    /// More lines of evidence: the ids of lost messages, gaps out of bounds.
    public var details: [String]
    /// The playbook's line.
    public var line: Int

    public init(
        check: String, status: Status, sentence: String, figures: [Figure] = [],
        details: [String] = [], line: Int = 0
    ) {
        self.check = check
        self.status = status
        self.sentence = sentence
        self.figures = figures
        self.details = details
        self.line = line
    }
}
