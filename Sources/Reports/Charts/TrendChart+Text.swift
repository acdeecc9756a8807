import Records

extension TrendChart {
    /// The chart as lines of text: a column for each of the newest drills, as many as fit.
    ///
    /// - Parameters:
    ///   - width: the columns of the terminal; 30 at least.
    ///   - height: the rows of the plot.
    public func text(width: Int, height: Int = 10) -> [String] {
        guard !points.isEmpty, height > 1 else { return ["no drill has this figure"] }
        let labels = (0..<height).map { row in
            Figure.format(top * Double(height - 1 - row) / Double(height - 1), unit)
        }
        let margin = labels.map(\.count).max() ?? 0
        let step = points.count * 2 <= width - margin - 2 ? 2 : 1
        let shown = Array(points.suffix(max(1, (width - margin - 2) / step)))
        func row(of value: Double) -> Int {
            let share = min(1, max(0, value / top))
            return height - 1 - Int((share * Double(height - 1)).rounded())
        }
        var lines = labels.enumerated().map { index, label -> String in
            let isLabelled = index % 3 == 0 || index == height - 1
            let text = isLabelled ? label : ""
            let columns = shown.map { point -> String in
                let mark =
                    row(of: point.value) == index
                    ? point.tone.mark : point.limit.map { row(of: $0) == index ? "┄" : " " } ?? " "
                return mark + (step == 2 ? (mark == "┄" ? "┄" : " ") : "")
            }
            return String(repeating: " ", count: margin - text.count) + text + " ┤"
                + columns.joined()
        }
        lines.append(
            String(repeating: " ", count: margin) + " └"
                + String(repeating: "─", count: shown.count * step))
        let days = [shown.first, shown.last].compactMap { point in
            point.map { WallClock(start: $0.startedAt).date(.zero) }
        }
        lines.append(
            String(repeating: " ", count: margin + 2)
                + (days.first == days.last ? days[0] : days.joined(separator: " … ")))
        return lines
    }
}

extension Tone {
    /// The mark of a drill in a chart of text.
    fileprivate var mark: String {
        switch self {
        case .good: "●"
        case .bad: "✕"
        case .unsure, .neutral: "◇"
        }
    }
}
