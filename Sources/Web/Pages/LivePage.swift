import History
import Records
import Reports

/// The first page: what runs now, what came last, what comes next.
struct LivePage {
    var access: Access
    var running: [LiveDrill]
    var recent: [DrillEntry]
    var upcoming: [UpcomingDrill]
    var outcomes: [Outcome: Int]
    var now: Int64

    func render() -> Markup {
        let counts = Outcome.allCases.compactMap { outcome in
            outcomes[outcome].map { (outcome, $0) }
        }.markup { outcome, count in
            Elements.badge(outcome.tone, "\(Format.count(count)) \(outcome.word.lowercased())")
                + " "
        }
        return Layout(title: "Now", access: access, active: "/", reload: 5, needsScript: true)
            .render(
                """
                \(Layout.heading("Now"))\
                <div id="live">\(Self.board(running, access, now: now))</div>
                \(Agenda(upcoming: Array(upcoming.prefix(5)), now: now).render(title: "Next"))\
                \(Elements.section(
                    "recent", "Last drills",
                    note: counts.isEmpty ? .empty : "In the last 30 days: \(counts)",
                    Parts.drills(
                        recent, caption: "The last drills, newest first",
                        running: Set(running.map(\.header.identifier)))))
                """)
    }

    /// The drills that run; this piece is sent again every second.
    static func board(_ drills: [LiveDrill], _ access: Access, now: Int64) -> Markup {
        guard !drills.isEmpty else {
            return "<section><p class=\"muted\">No drill runs now.</p></section>\n"
        }
        return drills.markup { card($0, access, now: now) }
    }

    private static func card(_ drill: LiveDrill, _ access: Access, now: Int64) -> Markup {
        let header = drill.header
        let stop: Markup =
            access.may(.run)
            ? """
            <form method="post" action="/drills/\(FormText.encode(header.identifier))/stop">\
            \(Layout.key(access.formKey))<button class="stop" \
            id="stop-\(header.identifier)">Stop</button></form>
            """
            : "<a class=\"button\" href=\"/login\">Log in to stop it</a>"
        let events = drill.events.markup { event in
            "<li><span class=\"muted\">\(WallClock.offset(event.time))</span> \(event.message)</li>\n"
        }
        let faults =
            drill.faults.isEmpty
            ? "no fault is in" : "in: " + drill.faults.joined(separator: ", ")
        return """
            <section class="running" data-drill="\(header.identifier)" \
            aria-label="\(header.title)">
            <div class="top"><div><h2><span class="pulse" aria-hidden="true">●</span> \
            \(header.title)</h2>
            <p class="note">\(header.identifier) · phase <b>\(drill.phase)</b> · \(faults) · \
            for \(Format.duration(Double(now - header.startedAt)))</p></div>\(stop)</div>
            <p class="live-figures"><span><b>\(Format.count(drill.acknowledged))</b> acknowledged</span>\
            <span><b>\(Format.count(drill.failed))</b> failed or unknown</span></p>
            <div class="pair">\(LiveChart.acknowledged(drill))\(LiveChart.latency(drill))</div>
            <ul class="plain">\(events)</ul>
            </section>

            """
    }
}
