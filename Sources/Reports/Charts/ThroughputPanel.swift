import Records

/// Acknowledged enqueues and deliveries a second, over the rate that the schedule wanted.
struct ThroughputPanel: Panel {
    let series: OperationWindows
    let headingHeight: Double
    private static let plotHeight = 96.0

    var height: Double { headingHeight + ThroughputPanel.plotHeight + 12 }

    func draw(top: Double, in frame: ChartFrame) -> Markup {
        let bottom = top + headingHeight + ThroughputPanel.plotHeight
        let windows = series.windows
        let wanted = windows.map { series.rate($0.attempted) }
        let acknowledged = windows.map { series.rate($0.acknowledged) }
        let delivered = windows.map { series.rate($0.delivered) }
        let peak = (acknowledged + delivered).max() ?? 0
        // A drain empties a queue in one window; it must not flatten everything before it.
        let shown = min(peak, max(4 * (wanted.max() ?? 0), 1))
        let limit = Ticks.ceiling(max(shown, wanted.max() ?? 0) * 1.02)
        let scale = LinearScale(
            domain: 0...limit, start: bottom, end: top + headingHeight)
        var content = ChartText.heading(
            "Throughput per second",
            legend: [
                ("key-ack", "acknowledged"), ("key-deliver", "delivered"), ("key-want", "intended"),
            ], top: top, in: frame)
        for value in [0, limit / 2, limit] {
            content += Gridline.draw(
                at: scale(value), label: Format.significant(value), in: frame)
        }
        let points = acknowledged.enumerated().map { point($0.offset, $0.element, scale, frame) }
        let floor = points.map { ($0?.x).map { (x: $0, y: bottom) } }
        content += """
            <path class="want" d="\(line(wanted, scale, frame))"/>\
            <path class="ack-area" d="\(PathData.band(upper: points, lower: floor).markup)"/>\
            <path class="ack" d="\(PathData.line(points).markup)"/>\
            <path class="deliver" d="\(line(delivered, scale, frame))"/>
            """
        if peak > limit,
            let index = (0..<windows.count).first(where: {
                max(acknowledged[$0], delivered[$0]) == peak
            }), let point = point(index, limit, scale, frame)
        {
            content += ChartText.text(
                "↑ \(Format.rate(peak))", x: point.x, y: point.y - 2,
                anchor: point.x > frame.right - 60 ? .end : .middle, style: "soft")
        }
        return content
    }

    private func line(_ values: [Double], _ scale: LinearScale, _ frame: ChartFrame) -> Markup {
        PathData.line(values.enumerated().map { point($0.offset, $0.element, scale, frame) }).markup
    }

    private func point(
        _ index: Int, _ value: Double, _ scale: LinearScale, _ frame: ChartFrame
    ) -> (x: Double, y: Double)? {
        (series.middle(of: index, in: frame), scale(value))
    }
}

/// A faint line across the plot with its value in the gutter.
enum Gridline {
    static func draw(at y: Double, label: String, in frame: ChartFrame) -> Markup {
        """
        <path class="grid" d="M\(frame.left) \(y)H\(frame.right)"/>\
        \(ChartText.text(label, x: frame.left - 6, y: y + 3.5, anchor: .end, style: "tick"))
        """
    }
}

extension OperationWindows {
    /// The horizontal place of a window's middle.
    func middle(of index: Int, in frame: ChartFrame) -> Double {
        let start = start(of: index)
        return (frame.x(start) + frame.x(start + Nanoseconds(width))) / 2
    }
}
