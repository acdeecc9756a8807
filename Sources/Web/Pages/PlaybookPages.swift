import History
import Records
import Reports

/// All playbooks with their scores.
struct PlaybooksPage {
    var access: Access
    var summaries: [PlaybookSummary]
    /// Playbooks of the directory that were never drilled.
    var undrilled: [String]

    func render() -> Markup {
        let rows: [[Markup]] = summaries.map { summary in
            [
                Parts.score(summary.score), Parts.playbookLink(summary.name), "\(summary.title)",
                "\(Format.count(summary.drills))", "\(Format.count(summary.passed))",
                summary.last.map { "\(Parts.badge($0.outcome)) \(Parts.moment($0.startedAt))" }
                    ?? "–",
            ]
        }
        let table: Markup =
            rows.isEmpty
            ? "<p>No playbook was drilled yet.</p>"
            : Elements.table(
                "Playbooks", ["Score", "Playbook", "Title", "Drills", "Passed", "Last"], rows,
                numeric: [3, 4])
        let never: Markup =
            undrilled.isEmpty
            ? .empty
            : Elements.section(
                "never", "Never drilled",
                "<ul class=\"plain\">\(undrilled.markup { "<li>\(Parts.playbookLink($0))</li>" })</ul>"
            )
        return Layout(title: "Playbooks", access: access, active: "/playbooks").render(
            """
            \(Layout.heading("Playbooks"))\
            \(Elements.section("playbooks", "Drilled", table))\(never)
            """)
    }
}

/// One playbook: its score, its figures over time, its drills.
struct PlaybookPage {
    var access: Access
    var name: String
    var summary: PlaybookSummary?
    var drills: [DrillEntry]
    /// The identifiers of drills that have not ended.
    var running: Set<String>
    var figures: [(name: String, drills: Int)]
    var trend: Trend?
    /// Whether the playbook's file is in the directory that playbooks are run from.
    var canRun: Bool
    /// Whether this service runs schedules.
    var hasSchedules: Bool
    var message: String

    func render() -> Markup {
        Layout(title: name, access: access, active: "/playbooks").render(
            """
            \(Layout.heading("\(summary?.title ?? name)", note: "playbook \(name)"))\(Layout.message(message))\
            \(run)\(scores)\(trends)\
            \(Elements.section("drills", "Drills", Parts.drills(drills, caption: "Drills of \(name)", running: running)))
            """)
    }

    private var run: Markup {
        guard canRun else { return .empty }
        guard access.may(.run) else {
            return
                "<p class=\"actions\"><a class=\"button\" href=\"/login\">Log in to run it</a></p>\n"
        }
        let name = FormText.encode(name)
        let schedule: Markup =
            hasSchedules && access.may(.admin)
            ? "<a class=\"button\" href=\"/schedules/new?playbook=\(name)\">Schedule it</a>"
            : .empty
        return """
            <div class="actions"><form method="post" action="/playbooks/\(name)/run">\
            \(Layout.key(access.formKey))<button>Run it now</button></form>\(schedule)</div>

            """
    }

    private var scores: Markup {
        guard let score = summary?.score else {
            return Elements.section(
                "score", "Resilience score",
                "<p>None of its drills says anything yet. \(Self.definition)</p>")
        }
        let rows: [[Markup]] = score.parts.map { part in
            [
                "<a href=\"/drills/\(FormText.encode(part.drill))\">\(part.drill)</a>",
                "\(Format.percent(part.worth))", "\(Format.significant(part.weight))",
            ]
        }
        return Elements.section(
            "score", "Resilience score",
            """
            <p><span class="score">\(Format.significant(score.value.rounded()))\
            <small> of 100</small></span> \
            <span class="muted">freshness \(Format.percent(score.freshness))</span></p>
            \(Elements.table("What the score is made of", ["Drill", "Worth", "Weight"], rows, numeric: [1, 2]))\
            <p class="note">\(Self.definition)</p>
            """)
    }

    /// How the score is made, for whoever doubts it.
    static let definition: Markup = """
        The newest three judged drills count 3, 2 and 1. A drill is worth the weighted share of its \
        checks that held, an inconclusive one half: no_loss counts 5, failover 4, recovery and \
        no_crash 3, every other check 1. A drill that left a fault behind is worth nothing. The score \
        halves for every 30 days by which the newest of them is older than 30 days.
        """

    private var trends: Markup {
        guard !figures.isEmpty else { return .empty }
        let options = figures.markup { figure, drills in
            let chosen: Markup = figure == trend?.figure ? " selected=\"selected\"" : .empty
            return "<option value=\"\(figure)\"\(chosen)>\(figure) (\(drills))</option>"
        }
        return Elements.section(
            "trend", "Trend",
            """
            <form class="filter" method="get" action="/playbooks/\(FormText.encode(name))">
            <label>Figure <select name="figure">\(options)</select></label><button>Show</button></form>
            \(trend.map(Parts.chart) ?? .empty)
            <p class="note">Each mark is a drill: a disc passed, a cross failed, a diamond neither. \
            The line across is the playbook’s limit.</p>
            """)
    }
}
