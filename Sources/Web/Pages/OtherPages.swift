import History
import Records
import Reports

/// All targets, or one with what was done to it.
struct TargetsPage {
    var access: Access
    var targets: [(name: String, drills: Int)]

    func render() -> Markup {
        let rows: [[Markup]] = targets.map { target in
            [
                "<a href=\"/targets/\(FormText.encode(target.name))\">\(target.name)</a>",
                "\(Format.count(target.drills))",
            ]
        }
        let content: Markup =
            rows.isEmpty
            ? "<p>No target was drilled yet.</p>"
            : Elements.table("Targets", ["Target", "Drills"], rows, numeric: [1])
        return Layout(title: "Targets", access: access, active: "/targets").render(
            Layout.heading("Targets") + Elements.section("targets", "Drilled", content))
    }
}

/// One target: its playbooks, the faults it has seen, its last drills.
struct TargetPage {
    var access: Access
    var name: String
    var playbooks: [PlaybookSummary]
    var faults: [(kind: String, drills: Int, confirmed: Int)]
    var drills: [DrillEntry]
    /// The identifiers of drills that have not ended.
    var running: Set<String>

    func render() -> Markup {
        let scores = playbooks.compactMap { $0.score?.value }
        let mean =
            scores.isEmpty
            ? "–" : Format.significant((scores.reduce(0, +) / Double(scores.count)).rounded())
        let playbookRows: [[Markup]] = playbooks.map { playbook in
            [
                Parts.score(playbook.score), Parts.playbookLink(playbook.name),
                "\(playbook.title)", Parts.badge(playbook.last?.outcome),
            ]
        }
        let faultRows: [[Markup]] = faults.map { fault in
            [
                "<code>\(fault.kind)</code>", "\(Format.count(fault.drills))",
                "\(Format.count(fault.confirmed))",
            ]
        }
        return Layout(title: name, access: access, active: "/targets").render(
            """
            \(Layout.heading("\(name)", note: "Mean score of its playbooks: \(mean)"))\
            \(Elements.section("playbooks", "Playbooks", Elements.table(
                "Playbooks on \(name)", ["Score", "Playbook", "Title", "Last"], playbookRows)))\
            \(Elements.section("faults", "Faults it has seen", Elements.table(
                "Faults", ["Fault", "Drills", "Confirmed"], faultRows, numeric: [1, 2])))\
            \(Elements.section("drills", "Last drills", Parts.drills(drills, caption: "Drills on \(name)", running: running)))
            """)
    }
}

/// The way in.
struct LoginPage {
    var target: String
    var message: String

    func render() -> Markup {
        let notice: Markup =
            message.isEmpty ? .empty : "<p role=\"alert\">\(Elements.icon(.bad))\(message)</p>\n"
        return Layout(title: "Log in", access: Access()).render(
            """
            \(Layout.heading("Log in"))\
            <section>\(notice)<form class="filter" method="post" action="/login">
            <input type="hidden" name="to" value="\(target)"/>
            <label>Token <input type="password" name="token" autocomplete="current-password" \
            required="required" autofocus="autofocus"/></label><button>Log in</button></form>
            <p class="note">On the host: <code>firedrill token add NAME --scope run</code></p></section>
            """)
    }
}
