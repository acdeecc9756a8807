import Records

/// The phases of the drill and, lane by lane, the time each fault was in.
struct FaultPanel: Panel {
    let phases: [PhaseWindow]
    let faults: [FaultWindow]
    let layout: LaneLayout
    private static let laneHeight = 20.0
    private static let phaseHeight = 18.0

    init(_ facts: DrillFacts, in frame: ChartFrame) {
        phases = facts.phases
        faults = facts.faultWindows
        let bars = faults.map { fault in
            let start = frame.x(fault.start)
            let request = fault.request.isEmpty || frame.isNarrow ? "" : " · \(fault.request)"
            return LaneLayout.Bar(
                start: start, end: max(start + 3, frame.x(fault.end)),
                label: "\(fault.identifier) \(fault.name)\(request)")
        }
        layout = LaneLayout(bars, within: frame.left...frame.right, limit: 8)
    }

    var height: Double {
        FaultPanel.phaseHeight + 4 + Double(layout.lanes) * FaultPanel.laneHeight + 4
    }

    func draw(top: Double, in frame: ChartFrame) -> Markup {
        var content = Markup.empty
        if !frame.isNarrow {
            content += ChartText.text("Phases", x: 0, y: top + 13, style: "head")
            if !faults.isEmpty {
                content += ChartText.text(
                    "Faults", x: 0, y: top + FaultPanel.phaseHeight + 18, style: "head")
            }
        }
        for (index, phase) in phases.enumerated() {
            let start = frame.x(phase.start)
            let width = frame.x(phase.end) - start
            content += """
                <rect class="phase\(index % 2)" x="\(start)" y="\(top)" width="\(width)" \
                height="\(FaultPanel.phaseHeight)"><title>\(phase.phase), \
                \(Format.duration(phase.end - phase.start))</title></rect>
                """
            if width > ChartText.width(phase.phase) + 6 {
                content += ChartText.text(
                    phase.phase, x: start + width / 2, y: top + 13, anchor: .middle, style: "soft")
            }
        }
        for placed in layout.placed {
            content += bar(placed, top: top + FaultPanel.phaseHeight + 6)
        }
        return content
    }

    private func bar(_ placed: LaneLayout.Placed, top: Double) -> Markup {
        let y = top + Double(placed.lane) * FaultPanel.laneHeight
        let anchor: ChartText.Anchor = placed.placement == .before ? .end : .start
        let style = placed.placement == .inside ? "onfault" : "strong"
        return """
            <rect class="fault" x="\(placed.bar.start)" y="\(y)" rx="2" \
            width="\(placed.bar.end - placed.bar.start)" height="16"/>\
            \(ChartText.text(placed.label, x: placed.labelX, y: y + 12, anchor: anchor, style: style))
            """
    }
}
