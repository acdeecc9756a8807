/// A Swift file that swift-format has laid out: a function ends at the brace in its own column.
struct SourceText {
    struct Function: Equatable {
        /// The number of its first line, from 1.
        var line: Int
        var length: Int
    }

    private let allLines: [Substring]

    init(_ text: String) {
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        allLines = all.last?.isEmpty == true ? all.dropLast() : all
    }

    var lines: Int { allLines.count }

    /// Functions and initializers with a body of more than one line; those inside others as well.
    var functions: [Function] {
        allLines.indices.compactMap { start in
            guard Self.declaresFunction(allLines[start]) else { return nil }
            let margin = allLines[start].prefix { $0 == " " }
            let rest = allLines[(start + 1)...]
            // A requirement of a protocol and a body on one line end without a brace of their own:
            // the first line left of their column, or another declaration in it, comes before.
            for end in rest.indices where !rest[end].isEmpty {
                let line = rest[end]
                if line.hasPrefix("\(margin)}") {
                    return Function(line: start + 1, length: end - start + 1)
                }
                guard line.hasPrefix(margin), !Self.declares(line, at: margin.count) else {
                    return nil
                }
            }
            return nil
        }
    }

    private static let modifiers: Set<Substring> = [
        "public", "private", "fileprivate", "internal", "package", "static", "mutating",
        "nonisolated", "override", "final", "convenience", "required", "isolated",
    ]

    private static func declaresFunction(_ line: Substring) -> Bool {
        guard let word = keyword(of: line.drop { $0 == " " }) else { return false }
        return word == "func" || word.hasPrefix("init(") || word.hasPrefix("init?(")
            || word.hasPrefix("init<")
    }

    private static func declares(_ line: Substring, at column: Int) -> Bool {
        let text = line.dropFirst(column)
        guard !text.hasPrefix(" ") else { return false }
        if text.hasPrefix("///") || text.hasPrefix("@") { return true }
        return declaresFunction(line)
            || keyword(of: text).map { ["var", "let", "struct", "enum"].contains($0) } == true
    }

    /// The first word that is neither an attribute nor a modifier.
    private static func keyword(of text: Substring) -> Substring? {
        text.split(separator: " ").first { !$0.hasPrefix("@") && !modifiers.contains($0) }
    }
}
