import Records
import Reports
import Testing

@Suite("A trend's chart")
struct TrendChartTests {
    private func chart(_ values: [Double], limit: Double? = nil) -> TrendChart {
        TrendChart(
            values.enumerated().map { index, value in
                TrendChart.Point(
                    startedAt: Int64(index) * 86_400_000_000_000, value: value, limit: limit,
                    tone: value > 5 ? .bad : .good, title: "drill <\(index)>")
            }, unit: .count, title: "figure & playbook")
    }

    @Test("The text has a mark for each drill that fits, the higher the larger")
    func text() throws {
        let lines = chart([0, 5, 10], limit: 7).text(width: 40, height: 11)
        #expect(lines.count == 13)
        #expect(lines[0].contains("✕") && lines[0].contains("10 ┤"))
        #expect(lines[5].contains("●"))
        #expect(lines[10].contains("●"))
        #expect(lines[3].contains("┄┄┄"))
        #expect(lines[12].contains("1970-01-01 … 1970-01-03"))
    }

    @Test("No line is wider than the terminal", arguments: [30, 40, 80, 200])
    func width(columns: Int) {
        let lines = chart((0..<300).map { Double($0 % 7) }).text(width: columns)
        #expect(lines.allSatisfy { $0.count <= columns })
    }

    @Test("The drawing has every drill, and text that cannot become markup")
    func drawing() {
        let text = chart([1, 2, 9]).draw().text
        #expect(text.components(of: "<title>") == 3)
        #expect(text.contains("drill &lt;0&gt;"))
        #expect(text.contains("figure &amp; playbook"))
        #expect(chart([]).draw().text.contains("no drill"))
        #expect(chart([4]).file.hasPrefix("<svg"))
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        ranges(of: part).count
    }
}
