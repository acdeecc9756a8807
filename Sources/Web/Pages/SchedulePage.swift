import History
import Records
import Reports

/// One schedule: its rules, when it is due next, and what came of it.
struct SchedulePage {
    var access: Access
    var details: ScheduleDetails
    /// What came of a form; empty for nothing.
    var message: String

    func render() -> Markup {
        let entry = details.entry
        let state: Markup = entry.isPaused ? "paused" : .empty
        return Layout(title: entry.name, access: access, active: "/calendar").render(
            """
            \(Layout.heading("\(entry.name)", note: "\(entry.text) \(state)"))\
            \(Layout.message(message))\
            \(Elements.section("next", "Next runs", next))\
            \(Elements.section("rules", "Rules", rules))\
            \(Elements.section("past", "What came of it", past))
            """)
    }

    private var next: Markup {
        let empty: Markup = details.entry.isPaused ? "It is paused." : "Nothing is due any more."
        let list: Markup =
            details.next.isEmpty
            ? "<p class=\"muted\">\(empty)</p>"
            : Self.moments(
                details.next, jitter: details.rules.first { $0.name == "jitter" }?.value ?? "")
        return list + "<div class=\"actions\">\(Self.forms(details.entry, access))\(removal)</div>"
    }

    private var rules: Markup {
        let rows: [[Markup]] = details.rules.filter { !$0.value.isEmpty }.map { rule in
            let value: Markup =
                rule.name == "playbook" ? Parts.playbookLink(rule.value) : "\(rule.value)"
            return ["\(rule.name)", value]
        }
        return Elements.table("Rules of \(details.entry.name)", ["Rule", "Value"], rows)
    }

    private var past: Markup {
        guard !details.past.isEmpty else { return "<p class=\"muted\">It was not due yet.</p>" }
        let rows: [[Markup]] = details.past.map { past in
            let drill: Markup =
                past.drill.map { "<a href=\"/drills/\(FormText.encode($0))\">\($0)</a>" } ?? "–"
            return [Parts.moment(past.due), Self.badge(past), drill, "\(past.note)"]
        }
        return Elements.table(
            "What came of \(details.entry.name), newest first",
            ["Due (UTC)", "Came of it", "Drill", "Note"], rows)
    }

    private static func badge(_ past: ScheduleDetails.Past) -> Markup {
        if past.state == "ended", let code = past.exitCode,
            let outcome = Outcome.allCases.first(where: { $0.exitCode == code })
        {
            return Parts.badge(outcome)
        }
        let tone: Tone =
            switch past.state {
            case "missed", "aborted": .bad
            case "skipped": .unsure
            default: .neutral
            }
        return Elements.badge(tone, past.state.prefix(1).uppercased() + past.state.dropFirst())
    }

    /// It takes two steps, for what it takes away does not come back.
    private var removal: Markup {
        let entry = details.entry
        guard access.session != nil, access.may(.admin), entry.file == nil else { return .empty }
        return """
            <details class="remove"><summary>Remove…</summary>
            <form method="post" action="/schedules/\(FormText.encode(entry.name))/remove">\
            \(Layout.key(access.formKey))<button class="stop">Remove \(entry.name)</button></form>
            </details>
            """
    }

    /// Moments in UTC and on the clocks of the schedule's zone.
    static func moments(_ moments: [ScheduledMoment], jitter: String) -> Markup {
        let rows: [[Markup]] = moments.map { [Parts.moment($0.at), "\($0.local)"] }
        let note: Markup =
            jitter.isEmpty ? .empty : "<p class=\"note\">Each begins up to \(jitter) later.</p>"
        return Elements.table("When drills are due", ["At (UTC)", "On its clocks"], rows) + note
    }

    /// A button for each change that this reader may make; a file's schedule is the file's alone.
    static func forms(_ schedule: ScheduleEntry, _ access: Access) -> Markup {
        guard access.session != nil, access.may(.run) else { return .empty }
        let path = "/schedules/\(FormText.encode(schedule.name))"
        var buttons: [(change: ScheduleControl.Change, label: Markup)] = [
            (.run, "Run it now")
        ]
        var edit: Markup = .empty
        if schedule.file == nil {
            buttons.append(schedule.isPaused ? (.resume, "Resume") : (.pause, "Pause"))
            if access.may(.admin) {
                edit = "<a class=\"button\" href=\"\(path)/edit\">Edit</a> "
            }
        }
        return edit
            + buttons.markup { button in
                """
                <form class="inline" method="post" action="\(path)/\(button.change.rawValue)">\
                \(Layout.key(access.formKey))<button aria-label="\(button.label): \
                \(schedule.name)">\(button.label)</button></form>
                """
            }
    }
}
