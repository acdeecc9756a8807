import History
import Hummingbird
import NIOCore
import Reports

/// A drill's page, the other forms of its report, and the button that stops it.
struct DrillRoutes {
    let console: Console

    /// What a drill's directory gives out, and of which type it is.
    static let files = [
        ("report.md", "text/markdown; charset=utf-8"), ("report.json", "application/json"),
        ("junit.xml", "application/xml"), ("playbook.yaml", "text/plain; charset=utf-8"),
        ("verdict.json", "application/json"),
    ]

    /// A report loads nothing and runs nothing, whatever somebody has written into it.
    private static let policy = """
        default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'
        """

    func add(to router: Router<ConsoleContext>) {
        router.get("/drills/:drill") { _, context in
            try page(console.drill(try context.parameter("drill")), context)
        }
        router.get("/drills/:drill/:file") { _, context in
            let name = try context.parameter("file")
            guard let file = Self.files.first(where: { $0.0 == name }) else {
                throw Problem.notFound("A drill has no file '\(name)' to show.")
            }
            let entry = try console.drill(try context.parameter("drill")).entry
            guard let bytes = try self.file(file.0, of: entry) else {
                throw Problem.notFound("The evidence of this drill has no \(name).")
            }
            return Response(
                status: .ok, headers: [.contentType: file.1, .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        router.post("/drills/:drill/stop") { request, context in
            try context.require(.run)
            _ = try await request.form(context, console.sessions)
            _ = try await console.stop(try context.parameter("drill"), by: context.access)
            return Response.seeOther("/")
        }
    }

    private func page(_ details: DrillDetails, _ context: ConsoleContext) throws -> Response {
        let entry = details.entry
        let bar =
            Layout(title: entry.title, access: context.access, active: "/drills").navigation
            + links(entry)
        guard let bytes = try file("report.html", of: entry),
            let body = bytes.firstRange(of: Array("<body>".utf8)),
            let head = bytes.firstRange(of: Array("</head>".utf8)),
            head.upperBound <= body.lowerBound
        else {
            return Response.page(
                DrillPage(access: context.access, details: details).render(links(entry)))
        }
        // The report as it is, under the console's bar.
        var page = Array(bytes[..<head.lowerBound])
        page += Array("<link rel=\"stylesheet\" href=\"/console.css\"/>\n".utf8)
        page += bytes[head.lowerBound..<body.upperBound]
        page += Array(bar.text.utf8)
        page += bytes[body.upperBound...]
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .contentSecurityPolicy: Self.policy,
            ], body: .init(byteBuffer: ByteBuffer(bytes: page)))
    }

    /// A file of a drill's evidence; nil when it is not there any more.
    private func file(_ name: String, of entry: DrillEntry) throws -> [UInt8]? {
        guard let files = try? EvidenceFiles(entry.directory, owner: entry.user) else { return nil }
        do {
            return try files.bytes(name)
        } catch {
            throw Problem(.conflict, "\(error)")
        }
    }

    private func links(_ entry: DrillEntry) -> Markup {
        let path = "/drills/\(FormText.encode(entry.identifier))"
        let before = try? console.history.drills(
            DrillFilter(playbook: entry.playbook, before: entry.startedAt), limit: 1
        ).first
        let compare: Markup =
            before.map {
                "<a href=\"/compare?a=\(FormText.encode($0.identifier))&amp;b=\(FormText.encode(entry.identifier))\">Compare with the one before</a>\n"
            } ?? .empty
        let files = Self.files.dropLast().markup { name, _ in
            "<a href=\"\(path)/\(name)\">\(name)</a>\n"
        }
        return """
            <nav class="bar" aria-label="This drill">\(Parts.playbookLink(entry.playbook))
            <a href="/targets/\(FormText.encode(entry.target))">\(entry.target)</a>
            \(compare)\(files)</nav>

            """
    }
}
