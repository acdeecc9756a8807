/// What is known of a drill before its first event: the first line of `events.jsonl`.
public struct DrillHeader: Sendable, Codable, Equatable {
    /// The version of the records' format; a reader refuses a higher one than it knows.
    public static let currentVersion = 1

    public var version: Int
    /// `20261121T023812Z-primary-kill-4f2a91`.
    public var identifier: String
    public var playbook: String
    public var title: String
    public var hypothesis: String
    public var tags: [String]
    public var seed: UInt64
    /// The wall time of ``DrillTime/zero``, in nanoseconds since 1970 (UTC).
    public var startedAt: Int64
    /// The command that repeats this drill, seed included.
    public var command: String

    public init(
        version: Int = DrillHeader.currentVersion, identifier: String, playbook: String,
        title: String, hypothesis: String, tags: [String], seed: UInt64, startedAt: Int64,
        command: String
    ) {
        self.version = version
        self.identifier = identifier
        self.playbook = playbook
        self.title = title
        self.hypothesis = hypothesis
        self.tags = tags
        self.seed = seed
        self.startedAt = startedAt
        self.command = command
    }
}
