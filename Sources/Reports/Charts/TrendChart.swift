public import Records

/// A figure of many drills over time: as SVG for pages, as text for terminals.
public struct TrendChart: Sendable {
    /// One drill's value.
    public struct Point: Sendable, Equatable {
        /// Nanoseconds since 1970.
        public var startedAt: Int64
        public var value: Double
        public var limit: Double?
        public var tone: Tone
        /// What a pointer over it reads.
        public var title: String
        /// Where a click leads; nil for nowhere.
        public var link: String?

        public init(
            startedAt: Int64, value: Double, limit: Double? = nil, tone: Tone, title: String,
            link: String? = nil
        ) {
            self.startedAt = startedAt
            self.value = value
            self.limit = limit
            self.tone = tone
            self.title = title
            self.link = link
        }
    }

    let points: [Point]
    let unit: Figure.Unit
    let title: String

    /// - Parameter points: oldest first.
    public init(_ points: [Point], unit: Figure.Unit, title: String) {
        self.points = points
        self.unit = unit
        self.title = title
    }

    /// The upper end of the axis: what is largest, a limit included, rounded up.
    var top: Double {
        Ticks.ceiling(points.flatMap { [$0.value, $0.limit ?? 0] }.max() ?? 1)
    }

    /// The chart as SVG for a page with the reports' styles.
    ///
    /// - Parameter isNarrow: for telephones: the same text size on a third of the width.
    public func draw(isNarrow: Bool = false) -> Markup {
        let width: Double = isNarrow ? 360 : 960
        let (left, right, upper, lower) = (64.0, width - 12, 12.0, 178.0)
        let y = LinearScale(domain: 0...top, start: lower, end: upper)
        let first = points.first?.startedAt ?? 0
        let last = points.last?.startedAt ?? 0
        // One drill alone, or many of one instant, stand in the middle.
        func x(_ point: Point) -> Double {
            guard last > first else { return (left + right) / 2 }
            return left + 8 + (right - left - 16)
                * Double(point.startedAt - first) / Double(last - first)
        }
        let name = isNarrow ? "narrow" : "wide"
        return """
            <svg class="chart \(name) trend" viewBox="0 0 \(width) 206" role="img" \
            aria-label="\(title)" xmlns="http://www.w3.org/2000/svg">
            \(grid(left: left, right: right, y: y))\(limits(x: x, y: y))\(line(x: x, y: y))\
            \(points.markup { mark($0, x: x($0), y: y($0.value)) })\
            \(dates(first, last, left: left, right: right, y: lower + 18))
            </svg>

            """
    }

    /// The chart as a file of its own, with its styles inside.
    public var file: String {
        let head = "xmlns=\"http://www.w3.org/2000/svg\">"
        let style = "\n<style>text { font-family: sans-serif; }\(Stylesheet.text)</style>"
        return draw().text.replacing(head, with: head + style)
    }

    private func grid(left: Double, right: Double, y: LinearScale) -> Markup {
        (0...4).markup { step in
            let value = top * Double(step) / 4
            let height = y(value)
            return """
                <path class="grid" d="M\(left) \(height)H\(right)"/>\
                \(ChartText.text(Figure.format(value, unit), x: left - 6, y: height + 4, anchor: .end, style: "tick"))
                """
        }
    }

    private func line(x: (Point) -> Double, y: LinearScale) -> Markup {
        let path = PathData.line(points.map { (x: x($0), y: y($0.value)) })
        return points.count < 2 ? .empty : "<path class=\"wait\" d=\"\(path.markup)\"/>"
    }

    private func limits(x: (Point) -> Double, y: LinearScale) -> Markup {
        let path = PathData.line(
            points.map { point in point.limit.map { (x: x(point), y: y($0)) } })
        return path.isEmpty ? .empty : "<path class=\"limit\" d=\"\(path.markup)\"/>"
    }

    /// A mark whose shape says how the drill ended, as ``Elements/icon(_:)`` does.
    private func mark(_ point: Point, x: Double, y: Double) -> Markup {
        let shape: Markup =
            switch point.tone {
            case .good: "<circle class=\"try-ok\" cx=\"\(x)\" cy=\"\(y)\" r=\"4.5\"/>"
            case .bad:
                "<path class=\"event-cross\" d=\"M\(x - 4) \(y - 4)l8 8M\(x + 4) \(y - 4)l-8 8\"/>"
            case .unsure, .neutral:
                "<path class=\"try-unknown\" d=\"M\(x) \(y - 5.5)l5.5 5.5 -5.5 5.5 -5.5 -5.5z\"/>"
            }
        let titled: Markup = "<g><title>\(point.title)</title>\(shape)</g>"
        return point.link.map { "<a href=\"\($0)\">\(titled)</a>" } ?? titled
    }

    private func dates(
        _ first: Int64, _ last: Int64, left: Double, right: Double, y: Double
    ) -> Markup {
        guard !points.isEmpty else {
            return ChartText.text("no drill", x: (left + right) / 2, y: y - 90, anchor: .middle)
        }
        let days = [first, last].map { WallClock(start: $0).date(.zero) }
        guard days[0] != days[1] else {
            return ChartText.text(
                days[0], x: (left + right) / 2, y: y, anchor: .middle, style: "soft")
        }
        return ChartText.text(days[0], x: left, y: y, style: "soft")
            + ChartText.text(days[1], x: right, y: y, anchor: .end, style: "soft")
    }
}
