import History
import Reports

/// What every page has around its content.
struct Layout {
    var title: String
    var access: Access
    /// The path of the entry in the navigation that the page belongs to.
    var active = ""
    /// Seconds after which a browser without scripts loads the page again; nil for never.
    var reload: Int?
    /// Whether the page changes while one looks.
    var needsScript = false

    private static let entries = [
        ("/", "Now"), ("/drills", "History"), ("/playbooks", "Playbooks"),
        ("/calendar", "Calendar"), ("/targets", "Targets"),
    ]

    func render(_ content: Markup) -> Markup {
        let reload: Markup =
            self.reload.map {
                "<noscript><meta http-equiv=\"refresh\" content=\"\($0)\"/></noscript>\n"
            } ?? .empty
        let script: Markup =
            needsScript ? "<script src=\"/console.js\" defer=\"defer\"></script>\n" : .empty
        return HTMLDocument(
            title: "\(title) · Firedrill",
            head: """
                \(reload)<link rel="stylesheet" href="/console.css"/>
                <link rel="icon" href="data:,"/>
                \(script)
                """,
            body: """
                \(navigation)\
                <main id="content">
                \(content)\
                </main>

                """
        ).render()
    }

    /// The bar on top: of the console's own pages, and of reports.
    var navigation: Markup {
        let links = Self.entries.markup { path, name in
            let current: Markup = path == active ? " aria-current=\"page\"" : .empty
            return "<a href=\"\(path)\"\(current)>\(name)</a>\n"
        }
        return """
            <a class="skip" href="#content">To the content</a>
            <nav class="bar" aria-label="Console"><a class="brand" href="/">Firedrill</a>
            \(links)<span class="who">\(visitor)</span></nav>

            """
    }

    private var visitor: Markup {
        guard let name = access.name, let key = access.formKey else {
            return "<a href=\"/login\">Log in</a>"
        }
        return """
            <form method="post" action="/logout">\(Self.key(key))\
            <span class="muted">\(name) (\(access.scope?.rawValue ?? ""))</span> \
            <button class="plain">Log out</button></form>
            """
    }

    /// What a form carries so that no other site's is taken for it.
    static func key(_ key: String?) -> Markup {
        "<input type=\"hidden\" name=\"key\" value=\"\(key ?? "")\"/>"
    }

    /// What came of a form; nothing for an empty one.
    static func message(_ text: String) -> Markup {
        text.isEmpty
            ? .empty : "<section class=\"message\" role=\"status\"><p>\(text)</p></section>\n"
    }

    /// The heading of a page.
    static func heading(_ title: Markup, note: Markup = .empty) -> Markup {
        let line: Markup = note.isEmpty ? .empty : "<p class=\"note\">\(note)</p>\n"
        return "<header class=\"heading\"><h1>\(title)</h1>\n\(line)</header>\n"
    }
}
