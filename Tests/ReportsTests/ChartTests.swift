import Records
import Testing

@testable import Reports

@Suite("Charts place things where they belong")
struct ChartTests {
    @Test("bars and labels of one lane never touch")
    func lanes() {
        var random = SeededGenerator(state: 3)
        let bars = (0..<12).map { number in
            let start = Double.random(in: 100...900, using: &random)
            return LaneLayout.Bar(start: start, end: start + 20, label: "fault \(number)")
        }
        let layout = LaneLayout(bars, within: 100...950, limit: 99)
        for lane in 0..<layout.lanes {
            let spans = layout.placed.filter { $0.lane == lane }.map { placed in
                let width = ChartText.width(placed.label, isBold: true)
                let label =
                    placed.placement == .before
                    ? placed.labelX - width...placed.labelX : placed.labelX...placed.labelX + width
                return min(
                    placed.bar.start, label.lowerBound)...max(
                        placed.bar.end, label.upperBound)
            }
            for (left, right) in zip(spans, spans.dropFirst()) {
                #expect(left.upperBound < right.lowerBound)
            }
        }
    }

    @Test("a logarithmic scale has its decades in equal steps")
    func decades() {
        let scale = LogScale(domain: LogScale.decades(around: 2e6...7e8), start: 100, end: 10)
        #expect(scale.decades.count == 4)
        let places = scale.decades.map { scale($0) }
        #expect(abs(places[0] - 100) < 1e-6)
        #expect(abs(places[3] - 10) < 1e-6)
        #expect(abs((places[0] - places[1]) - (places[2] - places[3])) < 1e-6)
    }

    @Test("a line breaks where there is no value")
    func gaps() {
        let path = PathData.line([(0, 0), (1, 1), nil, (3, 3), nil, (5, 5), (6, 6)])
        #expect(path.text == "M0 0L1 1M1.8 3L4.2 3M5 5L6 6")
    }

    @Test(
        "the longest axes have few and round ticks",
        arguments: [(65.0, 12, 10.0), (0.4, 12, 0.05), (4000, 5, 1200)])
    func ticks(end: Double, limit: Int, step: Double) {
        let ticks = Ticks.times(until: end, limit: limit)
        #expect(ticks.count <= limit + 1)
        #expect(ticks[1] == step)
    }

    @Test("text that has no room is cut with an ellipsis")
    func fit() {
        #expect(ChartText.fit("health", room: 100) == "health")
        let cut = ChartText.fit("a probe with a very long name", room: 60)
        #expect(cut.hasSuffix("…"))
        #expect(ChartText.width(cut) <= 60)
    }
}
