import Records

/// Rows of states over time: colour and height both say what the state is.
struct StripPanel: Panel {
    struct Look: Sendable, Equatable {
        let style: String
        let label: String
        /// How much of the row it fills; a greater share also wins where states share a pixel.
        let share: Double
        /// Whether the segment carries its label where it has room.
        var isNamed = false
    }

    struct Row: Sendable {
        let name: String
        let segments: [(look: Look, start: DrillTime, end: DrillTime)]
    }

    let title: String
    let rows: [Row]
    let legend: [(style: String, label: String)]
    let headingHeight: Double
    let isNarrow: Bool
    static let rowLimit = 16
    private static let barHeight = 12.0

    private var rowHeight: Double { isNarrow ? 28 : 18 }
    private var shown: ArraySlice<Row> { rows.prefix(StripPanel.rowLimit) }

    var height: Double {
        let rest = rows.count > StripPanel.rowLimit ? 16.0 : 0
        return headingHeight + Double(shown.count) * rowHeight + rest + 6
    }

    func draw(top: Double, in frame: ChartFrame) -> Markup {
        var content = ChartText.heading(title, legend: legend, top: top, in: frame)
        var y = top + headingHeight
        for row in shown {
            content += draw(row, top: y, in: frame)
            y += rowHeight
        }
        if rows.count > StripPanel.rowLimit {
            content += ChartText.text(
                "and \(rows.count - StripPanel.rowLimit) more in the evidence", x: frame.left,
                y: y + 11, style: "soft")
        }
        return content
    }

    private func draw(_ row: Row, top: Double, in frame: ChartFrame) -> Markup {
        let barTop = isNarrow ? top + 13 : top + 2
        let room = isNarrow ? frame.width : frame.left - 10
        var content = ChartText.text(
            ChartText.fit(row.name, room: room), x: 0, y: isNarrow ? top + 10 : top + 12,
            style: "row")
        content += """
            <path class="rail" d="M\(frame.left) \(barTop + StripPanel.barHeight)H\(frame.right)"/>
            """
        var paths: [(look: Look, path: PathData)] = []
        for run in runs(row, in: frame) {
            let height = StripPanel.barHeight * run.look.share
            let index = paths.firstIndex { $0.look == run.look } ?? paths.count
            if index == paths.count { paths.append((run.look, PathData())) }
            paths[index].path.rectangle(
                run.start, barTop + StripPanel.barHeight - height, run.end - run.start, height)
            let room = run.end - run.start - 6
            guard run.look.isNamed, ChartText.width(run.look.label) <= room else { continue }
            content += ChartText.text(
                run.look.label, x: (run.start + run.end) / 2, y: barTop + 10, anchor: .middle,
                style: "on-\(run.look.style)")
        }
        // Bars go under the labels.
        return paths.markup { "<path class=\"\($0.look.style)\" d=\"\($0.path.markup)\"/>" }
            + content
    }

    /// The row's segments on a raster of columns, so that a million answers draw no more than that.
    private func runs(
        _ row: Row, in frame: ChartFrame
    ) -> [(look: Look, start: Double, end: Double)] {
        let step = 1.5
        var columns = [Look?](repeating: nil, count: Int(frame.plotWidth / step) + 1)
        for segment in row.segments {
            let first = Int((frame.x(segment.start) - frame.left) / step)
            let last = Int(((frame.x(segment.end) - frame.left) / step).rounded(.up)) - 1
            for column in first...max(first, last) where column < columns.count {
                if segment.look.share >= columns[column]?.share ?? 0 {
                    columns[column] = segment.look
                }
            }
        }
        var runs: [(look: Look, start: Double, end: Double)] = []
        var column = 0
        while column < columns.count {
            var next = column + 1
            while next < columns.count, columns[next] == columns[column] { next += 1 }
            if let look = columns[column] {
                let end = min(frame.right, frame.left + Double(next) * step)
                runs.append((look, frame.left + Double(column) * step, end))
            }
            column = next
        }
        return runs
    }
}
