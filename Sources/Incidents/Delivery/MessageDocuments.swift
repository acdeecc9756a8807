/// The JSON of a webhook; the outer members are those of https://www.standardwebhooks.com.
struct WebhookDocument: Encodable {
    struct Content: Encodable {
        let title: String
        let sentence: String
        let playbook: String
        let drill: String?
        let incident: String?
        let outcome: String?
        let markdown: String
        let bundle: Notice.Attachment?
    }

    let type: String
    /// RFC 3339, in UTC.
    let timestamp: String
    let data: Content

    init(_ notice: Notice) {
        type = notice.type
        timestamp = UniversalTime.text(notice.occurredAt)
        data = Content(
            title: notice.title, sentence: notice.sentence, playbook: notice.playbook,
            drill: notice.drill, incident: notice.incident, outcome: notice.outcome,
            markdown: notice.markdown, bundle: notice.attachment)
    }
}

/// The JSON of a comment, as GitHub and GitLab both take it.
struct CommentDocument: Encodable {
    let body: String
}

/// The JSON of an incoming webhook of Slack; `text` is for whoever shows no blocks.
struct SlackDocument: Encodable {
    struct Text: Encodable {
        let type: String
        let text: String
    }

    struct Block: Encodable {
        let type: String
        var text: Text?
        var elements: [Text]?
    }

    let text: String
    let blocks: [Block]

    init(_ notice: Notice) {
        text = MessageText.slack("\(notice.title): \(notice.sentence)")
        var facts = ["playbook \(notice.playbook)"]
        if let drill = notice.drill { facts.append("drill \(drill)") }
        facts.append(UniversalTime.text(notice.occurredAt))
        if let attachment = notice.attachment { facts.append("bundle \(attachment.name)") }
        let line = MessageText.slack(MessageText.cut(facts.joined(separator: " · "), 1500))
        let sentence = MessageText.slack(MessageText.cut(notice.sentence, 1500))
        blocks = [
            Block(
                type: "header",
                text: Text(type: "plain_text", text: MessageText.cut(notice.title, 150))),
            Block(type: "section", text: Text(type: "mrkdwn", text: sentence)),
            Block(type: "context", elements: [Text(type: "mrkdwn", text: line)]),
        ]
    }
}
