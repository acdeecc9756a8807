import Records

/// Marks of the moments that tell the story: a node gone, a role changed, the steady state back.
struct EventPanel: Panel {
    private struct Mark {
        let label: String
        let style: String
        /// A shape about the origin, so that no mark differs by colour alone.
        let shape: String
    }

    private static let limit = 16
    private static let laneHeight = 16.0
    private let marks: [(bar: LaneLayout.Bar, mark: Mark)]
    private let layout: LaneLayout

    /// Nil when nothing of the kind happened.
    init?(_ facts: DrillFacts, in frame: ChartFrame) {
        let told = facts.evidence.events.sorted { $0.time < $1.time }.compactMap { event in
            EventPanel.mark(event).map { (event.time, $0) }
        }
        marks = told.prefix(EventPanel.limit).map { time, mark in
            let x = frame.x(time)
            return (LaneLayout.Bar(start: x - 4, end: x + 4, label: mark.label), mark)
        }
        guard !marks.isEmpty else { return nil }
        layout = LaneLayout(marks.map(\.bar), within: frame.left...frame.right, limit: 6)
    }

    var height: Double { Double(layout.lanes) * EventPanel.laneHeight + 2 }

    func draw(top: Double, in frame: ChartFrame) -> Markup {
        var content: Markup =
            frame.isNarrow ? .empty : ChartText.text("Events", x: 0, y: top + 12, style: "head")
        // The layout keeps the order of time, which is the marks' own.
        for (placed, (_, mark)) in zip(layout.placed, marks) {
            let y = top + Double(placed.lane) * EventPanel.laneHeight + 8
            let x = (placed.bar.start + placed.bar.end) / 2
            content += """
                <path class="\(mark.style)" transform="translate(\(x) \(y))" d="\(mark.shape)"/>\
                \(ChartText.text(
                    placed.label, x: placed.labelX, y: y + 4,
                    anchor: placed.placement == .before ? .end : .start))
                """
        }
        return content
    }

    private static func mark(_ event: Event) -> Mark? {
        let cross = "M-3.5 -3.5l7 7m0 -7l-7 7"
        let down = "M-4.5 -4h9l-4.5 8Z"
        let up = "M-4.5 4h9l-4.5 -8Z"
        let diamond = "M0 -5l5 5l-5 5l-5 -5Z"
        let subject = event.subject
        switch event.kind {
        case .nodeExited:
            return Mark(label: "\(subject) exited", style: "event-cross", shape: cross)
        case .nodeRestarted:
            return Mark(label: "\(subject) restarted", style: "event-neutral", shape: up)
        case .roleChanged:
            let role = Strips.role(in: event.message)?.rawValue ?? "new role"
            return Mark(label: "\(subject) \(role)", style: "event-role", shape: diamond)
        case .steadyLost: return Mark(label: "not steady", style: "event-bad", shape: down)
        case .steadyRegained: return Mark(label: "steady again", style: "event-good", shape: up)
        case .abortRequested, .interrupted:
            return Mark(label: "abort", style: "event-bad", shape: "M-4 -4h8v8h-8Z")
        default: return nil
        }
    }
}
