/// Words in charts: SVG breaks no lines, so widths are estimated.
enum ChartText {
    /// The width of `text` in a proportional face of `size`, on the safe side.
    static func width(_ text: String, size: Double = 11, isBold: Bool = false) -> Double {
        var units = 0.0
        for scalar in text.unicodeScalars {
            switch scalar {
            case "i", "l", "j", "t", "f", "r", ".", ",", ":", ";", "'", "|", " ", "(", ")":
                units += 0.34
            case "m", "w", "M", "W", "%": units += 0.88
            case "A"..."Z": units += 0.7
            default: units += scalar.isASCII ? 0.58 : 0.8
            }
        }
        return units * size * (isBold ? 1.16 : 1.03)
    }

    /// `text`, cut to `room` with an ellipsis.
    static func fit(
        _ text: String, room: Double, size: Double = 11, isBold: Bool = false
    ) -> String {
        guard width(text, size: size, isBold: isBold) > room else { return text }
        var cut = Substring(text)
        while !cut.isEmpty, width(String(cut) + "…", size: size, isBold: isBold) > room {
            cut = cut.dropLast()
        }
        return cut.isEmpty ? "" : cut + "…"
    }

    enum Anchor: String { case start, middle, end }

    static func text(
        _ content: String, x: Double, y: Double, anchor: Anchor = .start, style: String = ""
    ) -> Markup {
        let anchor: Markup = anchor == .start ? .empty : " text-anchor=\"\(anchor.rawValue)\""
        let style: Markup = style.isEmpty ? .empty : " class=\"\(style)\""
        return "<text x=\"\(x)\" y=\"\(y)\"\(anchor)\(style)>\(content)</text>"
    }

    /// The title of a panel with its legend: beside it, or under it where room is short.
    static func heading(
        _ title: String, legend: [(style: String, label: String)], top: Double, in frame: ChartFrame
    ) -> Markup {
        var content = text(title, x: 0, y: top + 12, style: "head")
        var x = frame.isNarrow ? 0 : width(title, size: 12, isBold: true) + 16
        let y = frame.isNarrow ? top + 27 : top + 12
        for (style, label) in legend {
            content += """
                <rect class="\(style)" x="\(x)" y="\(y - 8)" width="14" height="8"/>\
                \(text(label, x: x + 18, y: y, style: "soft"))
                """
            x += width(label) + 30
        }
        return content
    }

    /// How high a heading with a legend is.
    static func headingHeight(in frame: ChartFrame) -> Double { frame.isNarrow ? 36 : 22 }
}
