import Records

/// The room that a chart has: every panel of a timeline shares one.
struct ChartFrame: Sendable {
    /// Sets the ids of two charts of one page apart.
    let prefix: String
    let width: Double
    /// Where the time axis begins and ends.
    let left: Double
    let right: Double
    /// The moment at the right end.
    let end: DrillTime

    /// The chart as desks and paper show it.
    static func wide(end: DrillTime) -> ChartFrame {
        ChartFrame(prefix: "w", width: 960, left: 104, right: 952, end: end)
    }

    /// The chart as telephones show it: the same text size on a third of the width.
    static func narrow(end: DrillTime) -> ChartFrame {
        ChartFrame(prefix: "n", width: 360, left: 44, right: 356, end: end)
    }

    var isNarrow: Bool { width < 500 }
    var plotWidth: Double { right - left }

    func x(_ time: DrillTime) -> Double {
        let share = time.seconds / max(1e-9, end.seconds)
        return left + plotWidth * min(1, max(0, share))
    }
}

/// A part of a timeline, drawn under the one before.
protocol Panel {
    var height: Double { get }

    func draw(top: Double, in frame: ChartFrame) -> Markup
}

/// A straight scale from `domain` to `range`; values outside are clamped.
struct LinearScale: Sendable {
    let domain: ClosedRange<Double>
    let start: Double
    let end: Double

    func callAsFunction(_ value: Double) -> Double {
        let size = domain.upperBound - domain.lowerBound
        guard size > 0 else { return start }
        let share =
            (min(max(value, domain.lowerBound), domain.upperBound) - domain.lowerBound) / size
        return start + (end - start) * share
    }
}
