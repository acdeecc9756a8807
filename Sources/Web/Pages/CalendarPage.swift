import History
import Records
import Reports

/// What will run next.
struct CalendarPage {
    var access: Access
    var upcoming: [UpcomingDrill]
    var schedules: [ScheduleEntry]
    /// The order that no drill begins; nil for none.
    var freeze: String?
    /// What came of a form; empty for nothing.
    var message: String

    func render() -> Markup {
        Layout(title: "Calendar", access: access, active: "/calendar").render(
            Layout.heading("Calendar", note: "\(notes)")
                + Self.section(upcoming, title: "Next drills") + table)
    }

    private var notes: String {
        [message, freeze.map { $0 + "." }].compactMap { $0 }.filter { !$0.isEmpty }
            .joined(separator: " ")
    }

    private var table: Markup {
        guard !schedules.isEmpty else { return .empty }
        let rows: [[Markup]] = schedules.map { schedule in
            let next: Markup =
                schedule.isPaused ? "paused" : schedule.next.map(Parts.moment) ?? "never again"
            return [
                "\(schedule.name)", Parts.playbookLink(schedule.playbook), "\(schedule.text)", next,
                forms(schedule),
            ]
        }
        return Elements.section(
            "schedules", "Schedules",
            Elements.table(
                "Every schedule", ["Schedule", "Playbook", "When", "Next (UTC)", "Change"], rows))
    }

    /// A button for each change that this reader may make; a file's schedule is the file's alone.
    private func forms(_ schedule: ScheduleEntry) -> Markup {
        guard access.session != nil, access.may(.run) else { return .empty }
        var buttons: [(change: ScheduleControl.Change, label: Markup)] = [
            (.run, "Run it now")
        ]
        if schedule.file == nil {
            buttons.append(schedule.isPaused ? (.resume, "Resume") : (.pause, "Pause"))
            if access.may(.admin) { buttons.append((.remove, "Remove")) }
        }
        return buttons.reduce(.empty) { markup, button in
            let action = "/schedules/\(FormText.encode(schedule.name))/\(button.change.rawValue)"
            return markup
                + """
                <form class="inline" method="post" action="\(action)">\(Layout.key(access.formKey))\
                <button>\(button.label)</button></form>
                """
        }
    }

    static func section(_ upcoming: [UpcomingDrill], title: String) -> Markup {
        guard !upcoming.isEmpty else {
            return Elements.section(
                "next", "\(title)", "<p class=\"muted\">Nothing is scheduled.</p>")
        }
        let rows: [[Markup]] = upcoming.map { drill in
            [
                Parts.moment(drill.at), Parts.playbookLink(drill.playbook), "\(drill.schedule)",
                "\(drill.note)",
            ]
        }
        return Elements.section(
            "next", "\(title)",
            Elements.table(
                "Drills to come, soonest first", ["At (UTC)", "Playbook", "Schedule", "Note"], rows)
        )
    }
}
