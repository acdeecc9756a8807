/// A piece of HTML, SVG or XML whose text is escaped by construction.
///
/// Text enters by interpolation alone and is escaped there, so that no name of a playbook, no node's
/// answer and no message can become markup. A piece interpolated into a piece stays as it is.
public struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
    public private(set) var text: String

    public init(stringLiteral value: String) {
        text = value
    }

    public init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// Makes a piece of text that is known to be markup already: a stylesheet, a path's data.
    public init(verbatim text: String) {
        self.text = text
    }

    public static let empty: Markup = ""

    public var isEmpty: Bool { text.isEmpty }

    public static func += (left: inout Markup, right: Markup) {
        left.text += right.text
    }

    public static func + (left: Markup, right: Markup) -> Markup {
        Markup(verbatim: left.text + right.text)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var text: String

        public init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        public mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        public mutating func appendInterpolation(_ value: some StringProtocol) {
            Markup.appendEscaped(value, to: &text)
        }

        public mutating func appendInterpolation(_ value: Markup) {
            text += value.text
        }

        public mutating func appendInterpolation(_ values: [Markup]) {
            for value in values { text += value.text }
        }

        public mutating func appendInterpolation(_ value: some BinaryInteger) {
            text += String(value)
        }

        /// Appends a coordinate, with one digit after the point at most.
        public mutating func appendInterpolation(_ value: Double) {
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
    public func markup(_ transform: (Element) -> Markup) -> Markup {
        var all = Markup.empty
        for element in self { all += transform(element) }
        return all
    }
}
