/// The `d` attribute of a path, built point by point.
struct PathData: Sendable {
    private(set) var text = ""

    var isEmpty: Bool { text.isEmpty }
    var markup: Markup { Markup(verbatim: text) }

    mutating func move(_ x: Double, _ y: Double) { add("M", x, y) }

    mutating func line(_ x: Double, _ y: Double) { add("L", x, y) }

    mutating func close() { text += "Z" }

    /// Adds a rectangle.
    mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        move(x, y)
        let wide = Format.coordinate(width)
        text += "h\(wide)v\(Format.coordinate(height))h-\(wide)Z"
    }

    private mutating func add(_ command: Character, _ x: Double, _ y: Double) {
        text.append(command)
        text += Format.coordinate(x)
        text.append(" ")
        text += Format.coordinate(y)
    }

    /// A line through `points` that is broken where a point is nil.
    static func line(_ points: [(x: Double, y: Double)?]) -> PathData {
        var path = PathData()
        for run in runs(points) {
            if run.count == 1, let only = run.first {
                path.move(only.x - 1.2, only.y)
                path.line(only.x + 1.2, only.y)
                continue
            }
            for (index, point) in run.enumerated() {
                index == 0 ? path.move(point.x, point.y) : path.line(point.x, point.y)
            }
        }
        return path
    }

    /// The area between two lines, broken where either is nil.
    static func band(
        upper: [(x: Double, y: Double)?], lower: [(x: Double, y: Double)?]
    ) -> PathData {
        var path = PathData()
        let pairs = zip(upper, lower).map { above, below in
            above.flatMap { above in below.map { (x: above.x, y: above.y, lower: $0.y) } }
        }
        for run in pairs.split(whereSeparator: { $0 == nil }) {
            let points = run.compactMap { $0 }
            guard let first = points.first, let last = points.last else { continue }
            let pad = points.count == 1 ? 1.2 : 0
            path.move(first.x - pad, first.y)
            for point in points.dropFirst() { path.line(point.x, point.y) }
            if pad > 0 { path.line(last.x + pad, last.y) }
            if pad > 0 { path.line(last.x + pad, last.lower) }
            for point in points.reversed() { path.line(point.x, point.lower) }
            path.close()
        }
        return path
    }

    private static func runs(
        _ points: [(x: Double, y: Double)?]
    ) -> [[(x: Double, y: Double)]] {
        points.split(whereSeparator: { $0 == nil }).map { $0.compactMap { $0 } }
    }
}
