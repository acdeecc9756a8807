import Reports

/// The form in which a schedule is made or changed; needs no script.
struct ScheduleFormPage {
    var access: Access
    var draft: ScheduleDraft
    /// The schedule that is changed; nil for a new one.
    var replaced: String?
    var review: ScheduleReview
    var playbooks: [String]
    var timeZones: [String]

    private var title: String { replaced.map { "Change \($0)" } ?? "New schedule" }

    func render() -> Markup {
        let action = replaced.map { "/schedules/\(FormText.encode($0))" } ?? "/schedules"
        let keep: Markup = replaced == nil ? "Add the schedule" : "Keep the changes"
        // Enter presses the first button: the one that keeps nothing.
        return Layout(title: title, access: access, active: "/calendar").render(
            """
            \(Layout.heading("\(title)"))\(problems)\(preview)\
            <form class="sheet" method="post" action="\(action)">\(Layout.key(access.formKey))
            \(what)\(when)\(limits)\(variables)\
            <p class="actions"><button name="do" value="preview">Preview the next runs</button>
            <button class="primary" name="do" value="keep">\(keep)</button>
            <a href="/calendar">Back to the calendar</a></p></form>
            """)
    }

    private var what: Markup {
        group(
            "What",
            field(.playbook, "Playbook", "Of the directory that this service runs.") {
                choice(.playbook, [("", "Choose one")] + playbooks.map { ($0, $0) }, $0)
            }
                + field(.name, "Name", "The playbook's when empty.") {
                    let fixed: Markup = replaced == nil ? .empty : " readonly=\"readonly\""
                    return input(.name, $0 + fixed)
                })
    }

    private var when: Markup {
        let options = timeZones.markup { "<option value=\"\($0)\"></option>" }
        return group(
            "When",
            "<p class=\"note whole\">Fill in one of the first three.</p>"
                + field(
                    .cron, "Times of the calendar", "Cron: 0 10 * * MON-THU, or @daily."
                ) { input(.cron, $0) }
                + field(.every, "Every", "6h, or 90 min.") { input(.every, $0) }
                + field(.at, "Once, at", "2026-12-01T10:00.") { input(.at, $0) }
                + field(.timezone, "Time zone", "Europe/Berlin, or UTC.") {
                    input(.timezone, $0 + " list=\"zones\"")
                        + "<datalist id=\"zones\">\(options)</datalist>"
                }
                + field(.jitter, "Jitter", "So much later at most: 10 min.") { input(.jitter, $0) })
    }

    private var limits: Markup {
        group(
            "Limits",
            field(.hours, "Only in these hours", "A span a line: MON-FRI 09:00-17:00.") {
                area(.hours, $0)
            }
                + field(
                    .blackout, "Not on these days",
                    "A day or span a line: 2026-12-24..2027-01-02."
                ) { area(.blackout, $0) }
                + field(.overlap, "While the drill before still runs", "") {
                    choice(
                        .overlap,
                        [
                            ("forbid", "do not begin; it counts as missed"),
                            ("queue", "wait for its end"), ("replace", "end it early"),
                        ], $0)
                }
                + field(.missed, "What was due while nobody could run it", "") {
                    choice(
                        .missed,
                        [
                            ("skip", "is left out"), ("once", "is run once"),
                            ("all", "is run, one after the other"),
                        ], $0)
                }
                + field(.deadline, "How late is in time", "A minute when empty.") {
                    input(.deadline, $0)
                }
                + field(.retries, "Retries", "0 to 10, of drills that said nothing.") {
                    input(.retries, $0 + " inputmode=\"numeric\"")
                })
    }

    private var variables: Markup {
        group(
            "Variables",
            field(.set, "Values of the playbook's variables", "name=value, one a line.") {
                area(.set, $0)
            })
    }

    /// What is wrong, with a link to each field.
    private var problems: Markup {
        guard !review.problems.isEmpty else { return .empty }
        let items = ScheduleDraft.Field.allCases.markup { field in
            guard let problem = review.problems[field] else { return .empty }
            return "<li><a href=\"#field-\(field.rawValue)\">\(problem)</a></li>\n"
        }
        return """
            <section class="message bad" role="alert"><h2>Nothing is kept yet</h2>
            <ul>\(items)</ul></section>

            """
    }

    private var preview: Markup {
        guard !review.next.isEmpty else { return .empty }
        return Elements.section(
            "preview", "The next runs", note: "Nothing is kept yet.",
            SchedulePage.moments(review.next, jitter: draft[.jitter]))
    }

    private func group(_ title: Markup, _ fields: Markup) -> Markup {
        "<fieldset><legend>\(title)</legend><div class=\"fields\">\(fields)</div></fieldset>\n"
    }

    /// A field with its label, a line of help, and what is wrong with it; `control` takes attributes.
    private func field(
        _ field: ScheduleDraft.Field, _ label: Markup, _ help: String,
        _ control: (_ attributes: Markup) -> Markup
    ) -> Markup {
        let name = field.rawValue
        let problem = review.problems[field]
        let described = [
            help.isEmpty ? nil : "\(name)-help", problem.map { _ in "\(name)-problem" },
        ]
        .compactMap { $0 }.joined(separator: " ")
        var attributes: Markup = "id=\"field-\(name)\" name=\"\(name)\""
        if !described.isEmpty { attributes += " aria-describedby=\"\(described)\"" }
        var below: Markup = .empty
        if let problem {
            attributes += " aria-invalid=\"true\""
            below += """
                <span class="problem" id="\(name)-problem">\(Elements.icon(.bad))\(problem)</span>
                """
        }
        if !help.isEmpty { below += "<span class=\"help\" id=\"\(name)-help\">\(help)</span>" }
        return """
            <div class="field"><label for="field-\(name)">\(label)</label>\
            \(control(attributes))\(below)</div>

            """
    }

    private func input(_ field: ScheduleDraft.Field, _ attributes: Markup) -> Markup {
        "<input \(attributes) value=\"\(draft[field])\" autocomplete=\"off\" spellcheck=\"false\"/>"
    }

    private func area(_ field: ScheduleDraft.Field, _ attributes: Markup) -> Markup {
        // A browser drops the line break that follows the tag.
        "<textarea \(attributes) rows=\"3\" spellcheck=\"false\">\n\(draft[field])</textarea>"
    }

    private func choice(
        _ field: ScheduleDraft.Field, _ options: [(value: String, label: String)],
        _ attributes: Markup
    ) -> Markup {
        let options = options.markup { value, label in
            let selected: Markup = value == draft[field] ? " selected=\"selected\"" : .empty
            return "<option value=\"\(value)\"\(selected)>\(label)</option>"
        }
        return "<select \(attributes)>\(options)</select>"
    }
}
