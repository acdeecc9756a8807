import Records

/// The share of enqueues that were not acknowledged, and of their tries that did not succeed.
struct ErrorPanel: Panel {
    let series: OperationWindows
    let headingHeight: Double
    private static let plotHeight = 56.0

    var height: Double { headingHeight + ErrorPanel.plotHeight + 12 }

    func draw(top: Double, in frame: ChartFrame) -> Markup {
        let bottom = top + headingHeight + ErrorPanel.plotHeight
        let failed = shares { ($0.failed, $0.attempted) }
        let all = shares { ($0.failed + $0.indeterminate, $0.attempted) }
        let tries = shares { ($0.failedTries, $0.tries) }
        let worst = (all + tries).compactMap { $0 }.max() ?? 0
        var content = ChartText.heading(
            "Errors",
            legend: [
                ("key-failed", "failed"), ("key-unknown", "indeterminate"),
                ("key-tries", frame.isNarrow ? "tries failed" : "share of tries that failed"),
            ], top: top, in: frame)
        let limit = worst > 0 ? min(1, Ticks.ceiling(worst)) : 0.01
        let scale = LinearScale(domain: 0...limit, start: bottom, end: top + headingHeight)
        for value in [0, limit] {
            content += Gridline.draw(at: scale(value), label: Format.percent(value), in: frame)
        }
        guard worst > 0 else {
            let words =
                series.windows.contains { $0.attempted > 0 }
                ? "no error: every enqueue was acknowledged at its first try"
                : "no enqueue recorded"
            return content
                + ChartText.text(
                    words, x: frame.left + frame.plotWidth / 2, y: bottom - 22, anchor: .middle,
                    style: "soft")
        }
        let lower = points(failed, scale, frame)
        let floor = lower.map { point in point.map { (x: $0.x, y: bottom) } }
        let upper = points(all, scale, frame)
        return content + """
            <path class="failed" d="\(PathData.band(upper: lower, lower: floor).markup)"/>\
            <path class="indeterminate" d="\(PathData.band(upper: upper, lower: lower).markup)"/>\
            <path class="tries" d="\(PathData.line(points(tries, scale, frame)).markup)"/>
            """
    }

    private func shares(_ pair: (OperationWindow) -> (Int, Int)) -> [Double?] {
        series.windows.map { window in
            let (part, whole) = pair(window)
            return whole == 0 ? nil : Double(part) / Double(whole)
        }
    }

    private func points(
        _ values: [Double?], _ scale: LinearScale, _ frame: ChartFrame
    ) -> [(x: Double, y: Double)?] {
        values.enumerated().map { index, value in
            value.map { (x: series.middle(of: index, in: frame), y: scale($0)) }
        }
    }
}
