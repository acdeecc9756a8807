import History
import Records
import Reports

/// The history with its filters.
struct HistoryPage {
    static let pageSize = 50

    var access: Access
    var query: [String: String]
    var drills: [DrillEntry]
    /// The identifiers of those that have not ended.
    var running: Set<String>
    var count: Int
    var page: Int
    var playbooks: [String]
    var targets: [String]

    func render() -> Markup {
        Layout(title: "History", access: access, active: "/drills").render(
            """
            \(Layout.heading("History", note: "\(Format.plural(count, "drill"))"))\
            \(Elements.section("filter", "Filter", filters))\
            \(Elements.section("drills", "Drills", "\(comparison)\(pager)"))
            """)
    }

    /// The table, in a form that compares two ticked drills.
    private var comparison: Markup {
        guard !drills.isEmpty else { return "<p>No drill fits.</p>\n" }
        let rows: [[Markup]] = drills.map { entry in
            let box: Markup = """
                <input type="checkbox" name="drill" value="\(entry.identifier)" \
                aria-label="Compare \(entry.identifier)"/>
                """
            return [
                box, Parts.badge(entry, running: running), Parts.drillLink(entry),
                Parts.playbookLink(entry.playbook), "\(entry.target)",
                Parts.moment(entry.startedAt),
                "\(entry.duration.map { Format.duration($0) } ?? "–")",
            ]
        }
        let columns = [
            "Compare", "Outcome", "Drill", "Playbook", "Target", "Started (UTC)", "Took",
        ]
        return """
            <form method="get" action="/compare">
            \(Elements.table("Drills, newest first", columns, rows, numeric: [6]))\
            <p class="actions"><button>Compare the two that are ticked</button></p></form>

            """
    }

    private var filters: Markup {
        let endings =
            [("", "any"), ("not-passed", "not passed"), ("none", "no verdict")]
            + Outcome.allCases.map { ($0.rawValue, $0.word) }
        let spans = [
            ("", "any time"), ("1", "last day"), ("7", "last 7 days"), ("30", "last 30 days"),
            ("90", "last 90 days"),
        ]
        return """
            <form class="filter" method="get" action="/drills">
            <label>Words <input type="search" name="text" maxlength="200" value="\(query["text"] ?? "")"/></label>
            \(select("outcome", "Outcome", endings))\
            \(select("playbook", "Playbook", [("", "any")] + playbooks.map { ($0, $0) }))\
            \(select("target", "Target", [("", "any")] + targets.map { ($0, $0) }))\
            \(select("days", "Started", spans))\
            <button>Show</button></form>

            """
    }

    private func select(_ name: String, _ label: String, _ options: [(String, String)]) -> Markup {
        let items = options.markup { value, text in
            let chosen: Markup = (query[name] ?? "") == value ? " selected=\"selected\"" : .empty
            return "<option value=\"\(value)\"\(chosen)>\(text)</option>"
        }
        return "<label>\(label) <select name=\"\(name)\">\(items)</select></label>\n"
    }

    private var pager: Markup {
        let last = max(1, (count + Self.pageSize - 1) / Self.pageSize)
        guard last > 1 else { return .empty }
        func link(_ number: Int, _ text: String) -> Markup {
            guard (1...last).contains(number) else { return .empty }
            var fields = query
            fields["page"] = String(number)
            let text = text
            let parts = fields.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map {
                "\(FormText.encode($0.key))=\(FormText.encode($0.value))"
            }
            return
                "<a class=\"button\" href=\"/drills?\(parts.joined(separator: "&"))\">\(text)</a>"
        }
        return """
            <nav class="pager" aria-label="Pages">\(link(page - 1, "Newer"))\
            <span>Page \(page) of \(last)</span>\(link(page + 1, "Older"))</nav>

            """
    }
}

extension DrillFilter {
    /// The filter that a query string asks for; what it does not understand does not matter.
    init(query: [String: String], now: Int64) {
        func value(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            playbook: value("playbook"), target: value("target"), host: value("host"),
            tag: value("tag"), text: value("text").map { String($0.prefix(200)) })
        switch value("outcome") {
        case "not-passed": ending = .notPassed
        case "none": ending = DrillFilter.Ending.none
        case let word?: ending = Outcome(rawValue: word).map { .outcome($0) }
        case nil: break
        }
        if let days = value("days").flatMap(Int64.init), (1...36_500).contains(days) {
            since = now - days * 86_400_000_000_000
        }
    }
}
