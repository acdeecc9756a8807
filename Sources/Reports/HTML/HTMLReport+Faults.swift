import Records

extension HTMLReport {
    static func faults(_ facts: DrillFacts) -> Markup {
        guard !facts.faults.isEmpty else { return .empty }
        return Elements.section(
            "faults", "The faults: requested beside achieved, and their undo",
            facts.faults.markup { card($0, facts.clock) })
    }

    private static func card(_ fault: FaultRecord, _ clock: WallClock) -> Markup {
        let title = fault.name == fault.kind ? fault.kind : "\(fault.name) (\(fault.kind))"
        let note: Markup = fault.backendNote.isEmpty ? .empty : " — \(fault.backendNote)"
        let backend: Markup =
            fault.backend.isEmpty ? .empty : "by <b>\(fault.backend)</b>\(note)"
        let objects: Markup =
            fault.objects.isEmpty ? .empty : "on \(fault.objects.joined(separator: "; ")) "
        return """
            <article class="fault">
            <div class="title"><h3><span class="id">\(fault.identifier)</span> \(title)</h3>
            <p class="badges">\
            \(Elements.badge(fault.injection.tone, "injection \(fault.injection.rawValue)")) \
            \(Elements.badge(fault.undo.tone, fault.undoSentence))\
            </p></div>
            <p class="note">\(objects)\(backend)</p>
            <p>\(fault.proof)</p>
            \(requested(fault))\(life(fault, clock))\
            <div class="proofs">\(achieved(fault))\(comparisons(fault))</div>
            </article>

            """
    }

    private static func requested(_ fault: FaultRecord) -> Markup {
        guard !fault.requested.isEmpty, fault.achieved.isEmpty else { return .empty }
        let figures = fault.requested.map { "\($0.name) \($0.formatted)" }
        return "<p>Requested: \(figures.joined(separator: ", ")).</p>\n"
    }

    private static func achieved(_ fault: FaultRecord) -> Markup {
        guard !fault.achieved.isEmpty else { return .empty }
        let rows: [[Markup]] = fault.achieved.map { achieved in
            [
                "\(achieved.name)", "<b>\(achieved.requested.formatted)</b>",
                "\(achieved.before?.formatted ?? "–")",
                "<b>\(achieved.during?.formatted ?? "–")</b>",
                "\(achieved.after?.formatted ?? "–")", "\(Format.count(achieved.samples))",
                achieved.confirmed
                    ? Elements.badge(.good, "confirmed") : Elements.badge(.unsure, "not confirmed"),
            ]
        }
        return Elements.table(
            "Effect of \(fault.identifier), requested and measured",
            ["Effect", "Requested", "Before", "During", "After", "Samples", "Proof"], rows,
            numeric: [1, 2, 3, 4, 5], style: "effect")
    }

    /// The stations of the fault's life, each with the time since the one before.
    private static func life(_ fault: FaultRecord, _ clock: WallClock) -> Markup {
        guard fault.life.contains(where: { $0.time != nil }) else { return .empty }
        var previous: DrillTime?
        var stations = Markup.empty
        for station in fault.life {
            guard let time = station.time else {
                stations += "<li class=\"never\"><b>\(station.name)</b><span>never</span></li>\n"
                continue
            }
            let since =
                previous.map { "+\(Format.duration(time - $0))" } ?? "at \(WallClock.offset(time))"
            stations += """
                <li><b>\(station.name)</b><time datetime="\(clock.stamp(time))">\
                \(clock.clock(time))</time><span>\(since)</span></li>

                """
            previous = time
        }
        return "<ol class=\"life\" aria-label=\"Life of the fault\">\n\(stations)</ol>\n"
    }

    private static func comparisons(_ fault: FaultRecord) -> Markup {
        guard !fault.comparisons.isEmpty else { return .empty }
        let rows: [[Markup]] = fault.comparisons.map { comparison in
            [
                "\(comparison.what)", "\(comparison.before)", "\(comparison.after)",
                Elements.badge(comparison.tone, comparison.finding),
            ]
        }
        return Elements.table(
            "Undo proof of \(fault.identifier)",
            ["Compared after the undo", "Before", "After", "Verdict"], rows, style: "undo")
    }
}
