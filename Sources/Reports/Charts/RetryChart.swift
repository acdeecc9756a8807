import Playbooks
import Records

/// The wait before each retry against what the policy allows: shaded by how many there were.
struct RetryChart {
    let picture: RetryPicture
    let policy: RetryPolicy?
    private let width = 440.0
    private let plot = (left: 56.0, right: 432.0, top: 12.0, bottom: 210.0)

    init(_ picture: RetryPicture, policy: RetryPolicy?) {
        self.picture = picture
        self.policy = policy
    }

    func draw() -> Markup {
        let columns = max(picture.columns.count, min(12, (policy?.attempts ?? 1) - 1), 1)
        let longest = max(picture.longestWait, (policy?.cap.seconds ?? 0) * 1e9, 1e7)
        let scale = LogScale(
            domain: RetryPicture.floor...(longest * 1.3), start: plot.bottom, end: plot.top)
        let step = (plot.right - plot.left) / Double(columns)
        var content = Markup.empty
        for decade in scale.decades {
            let y = scale(decade)
            content += """
                <path class="grid" d="M\(plot.left) \(y)H\(plot.right)"/>\
                \(ChartText.text(
                    Format.duration(decade), x: plot.left - 6, y: y + 3.5, anchor: .end,
                    style: "tick"))
                """
        }
        content += (0..<columns).markup { envelope($0, step: step, scale) }
        content += (0..<columns).markup { column($0, step: step, scale) }
        content += ChartText.text(
            "retry number, and how many there were", x: (plot.left + plot.right) / 2,
            y: plot.bottom + 46, anchor: .middle, style: "soft")
        let words = """
            \(Format.count(picture.waits)) waits before retries of \
            \(Format.count(picture.messages)) messages; the longest was \
            \(Format.duration(picture.longestWait)). \(policy.map { "Policy: \($0.sentence)." } ?? "")
            """
        return """
            <svg class="chart" role="img" viewBox="0 0 \(width) \(plot.bottom + 52)" \
            aria-labelledby="retry-title retry-text"><title id="retry-title">Waits before \
            retries</title><desc id="retry-text">\(words)</desc>\(content)</svg>
            """
    }

    private func envelope(_ index: Int, step: Double, _ scale: LogScale) -> Markup {
        guard let policy, index < policy.attempts - 1 else { return .empty }
        let allowed = policy.envelope(beforeRetry: index).seconds * 1e9
        let least: Double =
            switch policy.jitter {
            case .full: RetryPicture.floor
            case .equal: allowed / 2
            case .none: allowed * 0.9
            }
        let x = plot.left + Double(index) * step
        let y = scale(allowed)
        return """
            <rect class="envelope" x="\(x)" y="\(y)" width="\(step)" height="\(scale(least) - y)"/>\
            <path class="limit" d="M\(x) \(y)h\(step)"/>
            """
    }

    private func column(_ index: Int, step: Double, _ scale: LogScale) -> Markup {
        let x = plot.left + Double(index) * step
        let bins = index < picture.columns.count ? picture.columns[index] : []
        let most = Double(bins.max() ?? 1)
        let count = bins.reduce(0, +)
        let cells = bins.enumerated().filter { $0.element > 0 }.markup { bin, count in
            let bounds = RetryPicture.bounds(of: bin)
            let top = scale(bounds.upperBound)
            let level = max(1, Int((Double(count) / most * 5).rounded(.up)))
            return """
                <rect class="cell d\(level)" x="\(x + step * 0.22)" y="\(top)" \
                width="\(step * 0.56)" height="\(max(1, scale(bounds.lowerBound) - top - 0.5))">\
                <title>\(Format.plural(count, "wait"))</title></rect>
                """
        }
        let middle = x + step / 2
        let last = index == RetryPicture.columnLimit - 1 ? "+" : ""
        return cells
            + ChartText.text(
                "\(index + 1)\(last)", x: middle, y: plot.bottom + 15, anchor: .middle,
                style: "strong")
            + ChartText.text(
                count == 0 ? "–" : Format.count(count), x: middle, y: plot.bottom + 29,
                anchor: .middle, style: "tick")
    }
}
