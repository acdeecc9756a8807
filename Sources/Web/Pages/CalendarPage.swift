import History
import Records
import Reports

/// What will run next.
struct CalendarPage {
    var access: Access
    var upcoming: [UpcomingDrill]
    var schedules: [ScheduleEntry]
    /// Whether this service runs schedules.
    var hasSchedules: Bool
    /// The order that no drill begins; nil for none.
    var freeze: String?
    /// Nanoseconds since 1970.
    var now: Int64
    /// What came of a form; empty for nothing.
    var message: String

    func render() -> Markup {
        Layout(title: "Calendar", access: access, active: "/calendar").render(
            Layout.heading("Calendar") + Layout.message(message) + freezing
                + Agenda(upcoming: upcoming, now: now).render(title: "Next drills") + table)
    }

    /// The order that no drill begins, and the form that lifts or gives it.
    private var freezing: Markup {
        guard hasSchedules else { return .empty }
        let mayChange = access.session != nil && access.may(.run)
        guard let freeze else {
            guard mayChange else { return .empty }
            return """
                <details class="section"><summary>Freeze all drills</summary>
                <form class="filter" method="post" action="/freeze">\(Layout.key(access.formKey))
                <label>Until (UTC, such as 2026-12-01T10:00; for good when empty) \
                <input name="until" autocomplete="off"/></label>
                <label>Reason <input name="reason" required="required" maxlength="500"/></label>
                <button>Freeze</button></form></details>

                """
        }
        let thaw: Markup =
            mayChange
            ? """
            <form method="post" action="/thaw">\(Layout.key(access.formKey))<button>Lift it</button>\
            </form>
            """ : .empty
        return """
            <section class="message unsure" role="status"><p>\(Elements.icon(.unsure))\
            \(freeze).</p>\(thaw)</section>

            """
    }

    private var table: Markup {
        guard hasSchedules else { return .empty }
        let add: Markup =
            access.may(.admin)
            ? "<p class=\"actions\"><a class=\"button\" href=\"/schedules/new\">Add a schedule</a></p>\n"
            : "<p class=\"note\">Who logs in with a token of scope admin may add schedules.</p>\n"
        guard !schedules.isEmpty else {
            return Elements.section(
                "schedules", "Schedules", "<p class=\"muted\">There is none yet.</p>\n" + add)
        }
        let rows: [[Markup]] = schedules.map { schedule in
            let next: Markup =
                schedule.isPaused
                ? Elements.badge(.neutral, "Paused")
                : schedule.next.map(Parts.moment) ?? "never again"
            let name = FormText.encode(schedule.name)
            return [
                "<a href=\"/schedules/\(name)\">\(schedule.name)</a>",
                Parts.playbookLink(schedule.playbook), "\(schedule.text)", next,
                SchedulePage.forms(schedule, access),
            ]
        }
        return Elements.section(
            "schedules", "Schedules",
            Elements.table(
                "Every schedule", ["Schedule", "Playbook", "When", "Next (UTC)", "Change"], rows)
                + add)
    }
}
