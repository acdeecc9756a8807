/// Places labelled bars in as few rows as they fit without touching.
///
/// Bars that no row has room for share the last one and go without their labels.
struct LaneLayout: Sendable {
    struct Bar: Sendable, Equatable {
        let start: Double
        let end: Double
        let label: String
    }

    struct Placed: Sendable, Equatable {
        let bar: Bar
        let lane: Int
        /// Where the label is anchored, and how; its text is cut to the room it has.
        let labelX: Double
        let label: String
        let placement: Placement
    }

    enum Placement: Sendable { case inside, after, before }

    let placed: [Placed]
    let lanes: Int

    init(_ bars: [Bar], within range: ClosedRange<Double>, limit: Int) {
        var placed: [Placed] = []
        var ends: [Double] = []
        for bar in bars.sorted(by: { $0.start < $1.start }) {
            let wanted = ChartText.width(bar.label, isBold: true) + 8
            let placement: Placement
            var from = bar.start
            var to = bar.end
            if bar.end - bar.start >= wanted {
                placement = .inside
            } else if bar.end + wanted <= range.upperBound {
                placement = .after
                to = bar.end + wanted
            } else {
                placement = .before
                from = bar.start - wanted
            }
            let free = ends.firstIndex { $0 + 4 <= from }
            let isCrowded = free == nil && ends.count >= limit
            if isCrowded { to = bar.end }
            let lane = free ?? min(ends.count, limit - 1)
            if lane == ends.count { ends.append(to) } else { ends[lane] = max(ends[lane], to) }
            let labelX: Double =
                switch placement {
                case .inside: bar.start + 5
                case .after: bar.end + 5
                case .before: bar.start - 5
                }
            let room = placement == .before ? bar.start - range.lowerBound : wanted
            placed.append(
                Placed(
                    bar: bar, lane: lane, labelX: labelX,
                    label: isCrowded ? "" : ChartText.fit(bar.label, room: room, isBold: true),
                    placement: placement)
            )
        }
        self.placed = placed
        lanes = ends.count
    }
}
