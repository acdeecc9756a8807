/// Styles for renderers that apply none of a page's own inside its drawings.
extension Stylesheet {
    /// The styles of charts and icons, with the light palette's colours in place of variables.
    static let drawings: String = {
        // The colour of text is not handed down to a drawing either.
        let tones = ["good", "bad", "unsure", "neutral"].map { tone in
            """
            .icon.\(tone) .fill { fill: var(--\(tone)); }
            .icon.\(tone) .ring, .icon.\(tone) .bar { stroke: var(--\(tone)); }

            """
        }
        let text = "text { font-family: sans-serif; }\n" + icons + charts + tones.joined()
        return palette.prefix { $0 != "}" }.split(separator: ";").reduce(text) { text, line in
            guard let start = line.firstRange(of: "--"),
                let colon = line[start.upperBound...].firstIndex(of: ":")
            else { return text }
            let name = line[start.lowerBound..<colon]
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return text.replacing("var(\(name))", with: value)
        }
    }()

    /// A page whose drawings bring their styles along, for WeasyPrint.
    ///
    /// https://doc.courtbouillon.org/weasyprint/stable/api_reference.html#svg
    public static func withStyledDrawings(_ page: String) -> String {
        var result = ""
        var rest = page[...]
        while let start = rest.firstRange(of: "<svg "),
            let end = rest[start.upperBound...].firstIndex(of: ">")
        {
            result += rest[...end]
            rest = rest[rest.index(after: end)...]
            // One that ends at once has nothing to style.
            if !result.hasSuffix("/>") { result += "<style>\(drawings)</style>" }
        }
        return result + rest
    }
}
