/// A notice in the words of the places that it goes to.
enum MessageText {
    /// What a comment of GitHub may have at most, with room for the mark and the remark.
    static let githubLimit = 65_000
    /// What a note of GitLab may have at most.
    static let gitlabLimit = 990_000

    /// A mark that no reader sees, by which a comment that was posted is found again.
    static func mark(_ notice: Notice) -> String { "<!-- firedrill:\(notice.key) -->" }

    /// The comment: its mark, then the text, cut at a line when it is too long.
    static func comment(_ notice: Notice, limit: Int) -> String {
        var text = notice.markdown
        if text.utf8.count > limit {
            var kept = 0
            var lines: [Substring] = []
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                kept += line.utf8.count + 1
                guard kept <= limit else { break }
                lines.append(line)
            }
            let place = notice.attachment.map { "report.md in \($0.name)" } ?? "the drill's report"
            text = lines.joined(separator: "\n") + "\n\n… cut here; the whole text is \(place).\n"
        }
        if let attachment = notice.attachment {
            text += "\nBundle `\(attachment.name)`, SHA-256 `\(attachment.sha256)`.\n"
        }
        return mark(notice) + "\n" + text
    }

    /// Text of Slack's own markup (https://docs.slack.dev/messaging/formatting-message-text).
    static func slack(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// The first characters of a text, with a sign that there were more.
    static func cut(_ text: String, _ count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }
}

extension MessageText {
    /// Text that Markdown shows as it is, on one line.
    static func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "@":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
