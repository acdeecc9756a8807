/// Something that a person should know without having to look.
public struct Alert: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A drill's hypothesis was broken.
        case failed
        /// A drill that was due did not run.
        case missed
        /// A fault was left behind.
        case residual
        /// A drill passed after it had failed, or after a fault had been left.
        case recovered
        /// A drill did not come to its end: it or its service died, it was stopped, or it broke.
        case aborted
        /// The steady state was not there before the first fault, so that none went in.
        case unmet
        /// A drill ended without an answer.
        case inconclusive
    }

    public var kind: Kind
    public var playbook: String
    /// One sentence: what happened and why.
    public var sentence: String
    /// The drill that showed it; nil for one that did not run.
    public var drill: String?
    /// When the condition began, and when it was seen for this alert; nanoseconds since 1970.
    public var since: Int64
    public var occurredAt: Int64
    /// How often the condition was seen since it began.
    public var count: Int

    /// The notice that carries it; its key is the same whenever the same alert is made again.
    public var notice: Notice {
        let title = "\(playbook): \(kind.title)"
        var markdown = "## \(title)\n\n\(MessageText.plain(sentence))\n\n"
        markdown += "- playbook `\(playbook)`\n"
        if let drill { markdown += "- drill `\(drill)`: `firedrill report \(drill)`\n" }
        markdown += "- at \(UniversalTime.text(occurredAt))\n"
        if count > 1 {
            markdown += "- seen \(count) times since \(UniversalTime.text(since))\n"
        }
        return Notice(
            key: Notice.key("alert", kind.rawValue, playbook, drill ?? "", String(occurredAt)),
            type: "alert.\(kind.rawValue)", title: title, sentence: sentence, markdown: markdown,
            playbook: playbook, drill: drill, occurredAt: occurredAt)
    }
}

extension Alert.Kind {
    var title: String {
        switch self {
        case .failed: "the drill failed"
        case .missed: "a drill did not run"
        case .residual: "a fault was left behind"
        case .recovered: "the drill passes again"
        case .aborted: "the drill did not come to its end"
        case .unmet: "the steady state was not there"
        case .inconclusive: "the drill has no answer"
        }
    }
}
