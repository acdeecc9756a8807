/// A piece of Markdown (GitHub's dialect) whose text is escaped by construction.
struct MarkdownText: ExpressibleByStringInterpolation, Equatable {
    private(set) var text: String

    init(stringLiteral value: String) {
        text = value
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    static func + (left: MarkdownText, right: MarkdownText) -> MarkdownText {
        var sum = left
        sum += right
        return sum
    }

    static func += (left: inout MarkdownText, right: MarkdownText) {
        left.text += right.text
    }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        mutating func appendInterpolation(_ value: String) {
            for character in value.unicodeScalars {
                switch character {
                case "\\", "`", "*", "[", "]", "|", "~", "#":
                    text += "\\"
                    text.unicodeScalars.append(character)
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "&": text += "&amp;"
                case "\n", "\r", "\t": text += " "
                case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": text += "\u{FFFD}"
                default: text.unicodeScalars.append(character)
                }
            }
        }

        mutating func appendInterpolation(_ value: Int) {
            text += Format.count(value)
        }

        mutating func appendInterpolation(_ value: MarkdownText) {
            text += value.text
        }

        /// Appends a span of code on one line; its fence is longer than any run of backticks in it.
        mutating func appendInterpolation(code value: String) {
            let line = String(value.map { $0.isNewline || $0 == "|" ? " " : $0 })
            let fence = MarkdownText.fence(for: line, atLeast: 1)
            let pad = line.hasPrefix("`") || line.hasSuffix("`") ? " " : ""
            text += line.isEmpty ? "" : fence + pad + line + pad + fence
        }
    }

    /// A fenced block of code.
    static func block(_ code: String, language: String) -> MarkdownText {
        let fence = fence(for: code, atLeast: 3)
        let end = code.hasSuffix("\n") ? "" : "\n"
        return MarkdownText(stringLiteral: "\(fence)\(language)\n\(code)\(end)\(fence)\n")
    }

    /// A table; every row has as many cells as `columns`.
    static func table(_ columns: [MarkdownText], _ rows: [[MarkdownText]]) -> MarkdownText {
        var lines = [row(columns), row(columns.map { _ in "---" })]
        lines += rows.map(row)
        return MarkdownText(stringLiteral: lines.joined(separator: "\n") + "\n")
    }

    private static func row(_ cells: [MarkdownText]) -> String {
        "| " + cells.map(\.text).joined(separator: " | ") + " |"
    }

    private static func fence(for code: String, atLeast minimum: Int) -> String {
        var longest = 0
        var run = 0
        for character in code {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        return String(repeating: "`", count: max(minimum, longest + 1))
    }
}
