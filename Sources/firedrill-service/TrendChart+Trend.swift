import History
import Records
import Reports

extension Trend {
    /// The last value beside the middle of all, in words.
    var summary: String {
        guard let last = points.last, let median else { return "" }
        let values = points.map(\.value)
        let lowest = Figure.format(values.min() ?? last.value, unit)
        let highest = Figure.format(values.max() ?? last.value, unit)
        let limit = last.limit.map { ", limit \(Figure.format($0, unit))" } ?? ""
        return "last \(Figure.format(last.value, unit)), median \(Figure.format(median, unit)), "
            + "from \(lowest) to \(highest)\(limit)"
    }
}

extension TrendChart {
    /// The chart of a trend that the history knows.
    init(_ trend: Trend) {
        self.init(
            trend.points.map { point in
                let word = point.outcome?.word ?? "No verdict"
                let value = Figure.format(point.value, trend.unit)
                return Point(
                    startedAt: point.startedAt, value: point.value, limit: point.limit,
                    tone: point.outcome?.tone ?? .neutral,
                    title: "\(point.drill): \(value), \(word)")
            }, unit: trend.unit, title: "\(trend.figure) of \(trend.playbook)")
    }
}
