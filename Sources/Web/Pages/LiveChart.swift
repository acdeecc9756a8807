import Records
import Reports

/// The last two minutes of a running drill, drawn small.
enum LiveChart {
    private static let seconds = 120
    private static let width = 480.0
    private static let height = 74.0

    /// Acknowledged messages a second; red marks where some failed.
    static func acknowledged(_ drill: LiveDrill) -> Markup {
        let shown = window(drill)
        let top = Double(max(1, shown.map(\.acknowledged).max() ?? 1))
        let points = shown.enumerated().map { index, second in
            (x: x(index), y: y(Double(second.acknowledged), top))
        }
        let marks = shown.enumerated().filter { $0.element.failed > 0 }.markup { index, _ in
            "<rect class=\"bad\" x=\"\(x(index) - 1)\" y=\"\(height - 5)\" width=\"3\" height=\"5\"/>"
        }
        let last = shown.last?.acknowledged ?? 0
        return figure(
            "Acknowledged a second", now: Format.rate(Double(last)), top: Format.rate(top),
            drawing: "\(path(points, style: "line"))\(marks)")
    }

    /// The slowest answer of each second.
    static func latency(_ drill: LiveDrill) -> Markup {
        let shown = window(drill)
        let values = shown.map { $0.slowest.map { Double($0.count) } }
        let top = max(1, values.compactMap { $0 }.max() ?? 1)
        let points = values.enumerated().compactMap { index, value in
            value.map { (x: x(index), y: y($0, top)) }
        }
        let last = values.compactMap { $0 }.last
        return figure(
            "Slowest answer", now: last.map { Format.duration($0) } ?? "–",
            top: Format.duration(top), drawing: path(points, style: "late"))
    }

    /// Whole seconds only: the one that runs would look like a fault.
    private static func window(_ drill: LiveDrill) -> ArraySlice<LiveDrill.Second> {
        ArraySlice(Array(drill.seconds.dropLast().suffix(seconds)))
    }

    private static func x(_ index: Int) -> Double {
        Double(index) * width / Double(seconds - 1)
    }

    private static func y(_ value: Double, _ top: Double) -> Double {
        (height - 4) - (height - 8) * min(1, value / top)
    }

    private static func path(_ points: [(x: Double, y: Double)], style: String) -> Markup {
        guard let first = points.first else { return .empty }
        let rest = points.dropFirst().markup { "L\($0.x) \($0.y)" }
        return "<path class=\"\(style)\" d=\"M\(first.x) \(first.y)\(rest)\"/>"
    }

    private static func figure(
        _ name: String, now: String, top: String, drawing: Markup
    ) -> Markup {
        """
        <figure><figcaption>\(name): <b>\(now)</b> <span class="muted">(highest \(top))</span>\
        </figcaption>
        <svg class="spark" viewBox="0 0 \(width) \(height)" preserveAspectRatio="none" role="img" \
        aria-label="\(name), now \(now)" xmlns="http://www.w3.org/2000/svg">\
        <path class="grid" d="M0 \(height - 4)H\(width)"/>\(drawing)</svg></figure>
        """
    }
}
