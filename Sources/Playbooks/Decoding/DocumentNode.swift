/// A place in a document; lines and columns count from 1, 0 means none.
struct Place: Hashable {
    var line: Int
    var column: Int

    static let none = Place(line: 0, column: 0)
}

/// A node of a playbook's document with its place, aliases expanded and tags refused.
struct DocumentNode {
    enum Content {
        /// `isPlain` is false for text in quotes and for block scalars.
        case scalar(String, isPlain: Bool)
        case sequence([DocumentNode])
        case mapping([Entry])
    }

    struct Entry {
        var key: String
        var keyPlace: Place
        var value: DocumentNode
    }

    var content: Content
    var place: Place

    /// Whether the node is an empty value, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What the node is, for messages.
    var kindText: String {
        if isNull { return "empty" }
        return switch content {
        case .scalar(let text, _): "'\(text.shortened)'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
