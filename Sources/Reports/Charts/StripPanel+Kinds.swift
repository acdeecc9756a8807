import Records

extension StripPanel {
    /// Every probe's answers; nil when there are none.
    static func probes(_ facts: DrillFacts, in frame: ChartFrame) -> StripPanel? {
        let strips = Strips.probes(facts.evidence.samples, end: facts.end)
        guard !strips.isEmpty else { return nil }
        return StripPanel(
            title: "Probes",
            rows: strips.map { strip in
                Row(
                    name: strip.name,
                    segments: strip.segments.map { (look($0.state), $0.start, $0.end) })
            },
            legend: [
                ("healthy", "healthy"), ("unhealthy", "unhealthy"), ("untold", "could not tell"),
            ], headingHeight: ChartText.headingHeight(in: frame), isNarrow: frame.isNarrow)
    }

    /// Every node's role and life; nil when none is known.
    static func nodes(_ facts: DrillFacts, in frame: ChartFrame) -> StripPanel? {
        let strips = Strips.nodes(
            facts.evidence.samples, events: facts.evidence.events, end: facts.end)
        guard !strips.isEmpty else { return nil }
        let states = Set(strips.flatMap { $0.segments.map(\.state) })
        let legend = [NodeState.primary, .single, .standby, .arbiter, .starting, .unknown, .dead]
            .filter(states.contains).map { (look($0).style, look($0).label) }
        return StripPanel(
            title: "Nodes",
            rows: strips.map { strip in
                Row(
                    name: "node \(strip.name)",
                    segments: strip.segments.map { (look($0.state), $0.start, $0.end) })
            }, legend: legend, headingHeight: ChartText.headingHeight(in: frame),
            isNarrow: frame.isNarrow)
    }

    /// When the lost messages had been acknowledged; nil when none was lost.
    static func losses(_ facts: DrillFacts, in frame: ChartFrame) -> StripPanel? {
        let series = facts.statistics.windows
        let most = series.windows.map(\.lost).max() ?? 0
        guard most > 0 else { return nil }
        let missing = facts.ledger?.missing ?? "lost"
        let segments = series.windows.enumerated().filter { $0.element.lost > 0 }.map {
            let start = series.start(of: $0.offset)
            let share = 0.4 + 0.6 * Double($0.element.lost) / Double(most)
            return (
                look: Look(style: missing, label: missing, share: share), start: start,
                end: start + Nanoseconds(series.width)
            )
        }
        let count = Format.count(facts.ledger?.summary.lost.count ?? 0)
        return StripPanel(
            title: "\(missing.prefix(1).uppercased())\(missing.dropFirst()) messages",
            rows: [Row(name: "\(count) \(missing)", segments: segments)],
            legend: [(missing, "when they had been acknowledged")],
            headingHeight: ChartText.headingHeight(in: frame), isNarrow: frame.isNarrow)
    }

    private static func look(_ result: ProbeSample.Result) -> Look {
        switch result {
        case .healthy: Look(style: "healthy", label: "healthy", share: 0.4)
        case .unknown: Look(style: "untold", label: "could not tell", share: 0.7)
        case .unhealthy: Look(style: "unhealthy", label: "unhealthy", share: 1)
        }
    }

    private static func look(_ state: NodeState) -> Look {
        switch state {
        case .primary: Look(style: "primary", label: "primary", share: 1, isNamed: true)
        case .single: Look(style: "primary", label: "serving", share: 1, isNamed: true)
        case .standby: Look(style: "standby", label: "standby", share: 0.99, isNamed: true)
        case .arbiter: Look(style: "standby", label: "arbiter", share: 0.99, isNamed: true)
        case .starting: Look(style: "untold", label: "starting", share: 0.45)
        case .unknown: Look(style: "untold", label: "unknown", share: 0.4)
        case .dead: Look(style: "dead", label: "dead", share: 0.98, isNamed: true)
        }
    }
}
