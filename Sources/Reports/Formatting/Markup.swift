/// A piece of HTML, SVG or XML whose text is escaped by construction.
///
/// Text enters by interpolation alone and is escaped there, so that no name of a playbook, no node's
/// answer and no message can become markup. A piece interpolated into a piece stays as it is.
struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) {
        text = value
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// Makes a piece of text that is known to be markup already: a stylesheet, a path's data.
    init(verbatim text: String) {
        self.text = text
    }

    static let empty: Markup = ""

    var isEmpty: Bool { text.isEmpty }

    static func += (left: inout Markup, right: Markup) {
        left.text += right.text
    }

    static func + (left: Markup, right: Markup) -> Markup {
        Markup(verbatim: left.text + right.text)
    }

    struct StringInterpolation: StringInterpolationProtocol {
        var text: String

        init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        mutating func appendInterpolation(_ value: some StringProtocol) {
            Markup.appendEscaped(value, to: &text)
        }

        mutating func appendInterpolation(_ value: Markup) {
            text += value.text
        }

        mutating func appendInterpolation(_ values: [Markup]) {
            for value in values { text += value.text }
        }

        mutating func appendInterpolation(_ value: some BinaryInteger) {
            text += String(value)
        }

        /// Appends a coordinate, with one digit after the point at most.
        mutating func appendInterpolation(_ value: Double) {
            text += Format.coordinate(value)
        }
    }

    /// Appends `value` with the five characters of markup replaced.
    ///
    /// A control character that XML 1.0 forbids becomes U+FFFD (https://www.w3.org/TR/xml/#charsets).
    private static func appendEscaped(_ value: some StringProtocol, to text: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\t", "\n": text.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}":
                text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Sequence {
    /// Makes one piece of markup of every element's.
    func markup(_ transform: (Element) -> Markup) -> Markup {
        var all = Markup.empty
        for element in self { all += transform(element) }
        return all
    }
}
