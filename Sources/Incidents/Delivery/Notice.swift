/// What is delivered, before any destination has its own words for it.
public struct Notice: Sendable, Codable, Equatable {
    /// The archive that goes with a notice.
    public struct Attachment: Sendable, Codable, Equatable {
        public var name: String
        public var bytes: Int
        public var sha256: String
    }

    /// The same for the same matter, so that a receiver can tell a repetition from a second one.
    public var key: String
    /// What it is about: `drill.attached`, `alert.failed`.
    public var type: String
    /// One line.
    public var title: String
    /// One sentence: why.
    public var sentence: String
    /// The whole text.
    public var markdown: String
    public var playbook: String
    public var drill: String?
    public var incident: String?
    public var outcome: String?
    /// Nanoseconds since 1970.
    public var occurredAt: Int64
    /// The issue to comment on, when it is not the destination's own.
    public var issue: Int?
    public var attachment: Attachment?

    public init(
        key: String, type: String, title: String, sentence: String, markdown: String,
        playbook: String, drill: String? = nil, incident: String? = nil, outcome: String? = nil,
        occurredAt: Int64, issue: Int? = nil, attachment: Attachment? = nil
    ) {
        self.key = key
        self.type = type
        self.title = title
        self.sentence = sentence
        self.markdown = markdown
        self.playbook = playbook
        self.drill = drill
        self.incident = incident
        self.outcome = outcome
        self.occurredAt = occurredAt
        self.issue = issue
        self.attachment = attachment
    }

    /// A key of the words that make a matter what it is.
    static func key(_ words: String...) -> String {
        String(SHA256Sum.text(of: Array(words.joined(separator: "\u{0}").utf8)).prefix(32))
    }

    /// The notice of a bundle for its incident.
    public init(_ bundle: IncidentBundle, reason: String, issue: Int? = nil, now: Int64) {
        let manifest = bundle.manifest
        self.init(
            key: Self.key("bundle", bundle.sha256, issue.map(String.init) ?? ""),
            type: "drill.attached",
            title: "\(manifest.incident): \(manifest.title)",
            sentence: reason, markdown: bundle.markdown, playbook: manifest.playbook,
            drill: manifest.drill, incident: manifest.incident, outcome: manifest.outcome,
            occurredAt: now, issue: issue,
            attachment: Attachment(
                name: bundle.name, bytes: bundle.bytes.count, sha256: bundle.sha256))
    }
}
