import Records

/// Quantiles of the enqueues' latency from the intended send time, on a logarithmic scale.
struct LatencyPanel: Panel {
    let series: OperationWindows
    let headingHeight: Double
    private static let plotHeight = 124.0

    var height: Double { headingHeight + LatencyPanel.plotHeight + 12 }

    func draw(top: Double, in frame: ChartFrame) -> Markup {
        var content = ChartText.heading(
            "Enqueue latency",
            legend: [("key-p50", "p50"), ("key-band", "p50 to p99"), ("key-max", "max")], top: top,
            in: frame)
        let bottom = top + headingHeight + LatencyPanel.plotHeight
        let values = series.windows.map(\.latency)
        let least = values.compactMap { $0.quantile(0.5) }.min()
        guard let least, let most = values.map({ Double($0.maximum) }).max() else {
            return content
                + ChartText.text(
                    "no enqueue was acknowledged", x: frame.left + frame.plotWidth / 2,
                    y: bottom - LatencyPanel.plotHeight / 2, anchor: .middle, style: "soft")
        }
        let domain = LogScale.decades(around: max(1000, least)...max(1000, least, most))
        let scale = LogScale(domain: domain, start: bottom, end: top + headingHeight)
        for decade in scale.decades {
            content += Gridline.draw(at: scale(decade), label: Format.duration(decade), in: frame)
        }
        let half = points(0.5, scale, frame)
        let most99 = points(0.99, scale, frame)
        return content + """
            <path class="band" d="\(PathData.band(upper: most99, lower: half).markup)"/>\
            <path class="max" d="\(PathData.line(points(1, scale, frame)).markup)"/>\
            <path class="p99" d="\(PathData.line(most99).markup)"/>\
            <path class="p50" d="\(PathData.line(half).markup)"/>
            """
    }

    private func points(
        _ fraction: Double, _ scale: LogScale, _ frame: ChartFrame
    ) -> [(x: Double, y: Double)?] {
        series.windows.enumerated().map { index, window in
            window.latency.quantile(fraction).map {
                (x: series.middle(of: index, in: frame), y: scale($0))
            }
        }
    }
}
