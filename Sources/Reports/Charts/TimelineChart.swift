import Records

/// The drill on one time axis: panels under each other, fault windows shaded through all of them.
enum TimelineChart {
    static func draw(_ facts: DrillFacts, in frame: ChartFrame) -> Markup {
        let heading = ChartText.headingHeight(in: frame)
        let series = facts.statistics.windows
        let faultPanel = FaultPanel(facts, in: frame)
        var panels: [any Panel] = []
        if let events = EventPanel(facts, in: frame) { panels.append(events) }
        if facts.statistics.attempted + facts.statistics.deliveries > 0 {
            panels += [
                ThroughputPanel(series: series, headingHeight: heading),
                LatencyPanel(series: series, headingHeight: heading),
                ErrorPanel(series: series, headingHeight: heading),
            ]
        }
        panels += [
            StripPanel.losses(facts, in: frame), StripPanel.probes(facts, in: frame),
            StripPanel.nodes(facts, in: frame),
        ].compactMap { $0 }
        var content = Markup.empty
        var y = 2 + faultPanel.height
        for panel in panels {
            y += 8
            content += panel.draw(top: y, in: frame)
            y += panel.height
        }
        let prefix = frame.prefix
        return """
            <svg class="chart \(frame.isNarrow ? "narrow" : "wide")" role="img" \
            viewBox="0 0 \(frame.width) \(y + 38)" \
            aria-labelledby="\(prefix)-timeline-title \(prefix)-timeline-text">
            <title id="\(prefix)-timeline-title">Timeline of the drill</title>
            <desc id="\(prefix)-timeline-text">\(description(facts))</desc>
            \(shades(facts, top: 2 + faultPanel.height, bottom: y, in: frame))
            \(faultPanel.draw(top: 2, in: frame))
            \(content)
            \(axis(facts, top: y, in: frame))
            </svg>

            """
    }

    /// The chart in words, for those who cannot see it.
    private static func description(_ facts: DrillFacts) -> String {
        let faults = facts.faultWindows.map { fault in
            "\(fault.identifier) \(fault.name) from \(Format.decimal(fault.start.seconds, digits: 1)) "
                + (fault.isClosed
                    ? "to \(Format.decimal(fault.end.seconds, digits: 1)) s"
                    : "s, not known to be out")
        }
        let numbers = facts.keyFigures.map { "\($0.name) \($0.value) \($0.note)" }
        return "Faults: \(faults.isEmpty ? "none" : faults.joined(separator: "; ")). "
            + numbers.joined(separator: ". ")
    }

    private static func shades(
        _ facts: DrillFacts, top: Double, bottom: Double, in frame: ChartFrame
    ) -> Markup {
        let phases = facts.phases.dropFirst().markup { phase in
            "<path class=\"boundary\" d=\"M\(frame.x(phase.start)) \(top)V\(bottom)\"/>"
        }
        let spans = union(
            facts.faultWindows.map { fault in
                let start = frame.x(fault.start)
                return start...max(start + 1.5, frame.x(fault.end))
            })
        let faults = spans.markup { span in
            """
            <rect class="shade" x="\(span.lowerBound)" y="\(top - 4)" \
            width="\(span.upperBound - span.lowerBound)" height="\(bottom - top + 4)"/>
            """
        }
        let onsets = facts.faultWindows.markup { fault in
            "<path class=\"onset\" d=\"M\(frame.x(fault.start)) \(top - 4)V\(bottom)\"/>"
        }
        return phases + faults + onsets
    }

    /// The spans joined where they overlap, so that no shade gets darker than another.
    private static func union(_ spans: [ClosedRange<Double>]) -> [ClosedRange<Double>] {
        var joined: [ClosedRange<Double>] = []
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] =
                    last.lowerBound...max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
        return joined
    }

    private static func axis(_ facts: DrillFacts, top: Double, in frame: ChartFrame) -> Markup {
        let ticks = Ticks.times(until: facts.end.seconds, limit: frame.isNarrow ? 5 : 12)
        var content: Markup = """
            <path class="axis" d="M\(frame.left) \(top)H\(frame.right)"/>
            """
        for tick in ticks {
            let time = DrillTime(nanoseconds: Int64(tick * 1e9))
            let x = frame.x(time)
            let anchor: ChartText.Anchor =
                x > frame.right - 20 ? .end : (x < frame.left + 1 ? .start : .middle)
            content += """
                <path class="axis" d="M\(x) \(top)v4"/>\
                \(ChartText.text(
                    Ticks.label(tick, end: facts.end.seconds), x: x, y: top + 16, anchor: anchor,
                    style: "tick"))\
                \(ChartText.text(
                    facts.clock.clock(time, milliseconds: tick != tick.rounded()), x: x,
                    y: top + 30, anchor: anchor, style: "utc"))
                """
        }
        guard !frame.isNarrow else { return content }
        return content
            + ChartText.text("since start", x: 0, y: top + 16, style: "soft")
            + ChartText.text("UTC", x: 0, y: top + 30, style: "soft")
    }
}
