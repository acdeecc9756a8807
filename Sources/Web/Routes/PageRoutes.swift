import History
import Hummingbird
import Reports

/// The pages that show what was, is, and will be.
struct PageRoutes {
    let console: Console

    func add(to router: Router<ConsoleContext>) {
        router.get("/") { _, context in try Response.page(live(context)) }
        router.get("/drills") { request, context in try Response.page(drills(request, context)) }
        router.get("/playbooks") { _, context in try Response.page(playbooks(context)) }
        router.get("/playbooks/:name") { request, context in
            try Response.page(playbook(try context.parameter("name"), request, context))
        }
        router.post("/playbooks/:name/run") { request, context in
            try context.require(.run)
            _ = try await request.form(context, console.sessions)
            let name = try context.parameter("name")
            let message = try await console.start(name, by: context.access)
            return Response.seeOther(
                "/playbooks/\(FormText.encode(name))?message=\(FormText.encode(message))")
        }
        router.get("/compare") { request, context in try Response.page(compare(request, context)) }
        router.get("/calendar") { request, context in
            Response.page(
                CalendarPage(
                    access: context.access, upcoming: try console.configuration.upcoming(),
                    schedules: try console.configuration.schedules?.list() ?? [],
                    hasSchedules: console.configuration.schedules != nil,
                    freeze: try console.configuration.schedules?.freeze(), now: console.now,
                    message: String((request.query["message"] ?? "").prefix(300))
                ).render())
        }
        ScheduleForms(console: console).add(to: router)
        router.get("/targets") { _, context in
            Response.page(
                TargetsPage(access: context.access, targets: try console.history.targets())
                    .render())
        }
        router.get("/targets/:name") { _, context in
            try Response.page(target(try context.parameter("name"), context))
        }
        router.get("/console.css") { _, _ in
            Response.text(ConsoleStylesheet.text, type: "text/css; charset=utf-8")
        }
        router.get("/console.js") { _, _ in
            Response.text(ConsoleScript.text, type: "text/javascript; charset=utf-8")
        }
    }

    private func live(_ context: ConsoleContext) throws -> Markup {
        let now = console.now
        return LivePage(
            access: context.access, running: console.board.drills(),
            recent: try console.history.drills(limit: 10),
            upcoming: try console.configuration.upcoming(),
            outcomes: try console.history.outcomes(
                DrillFilter(since: now - 30 * 86_400_000_000_000)), now: now
        ).render()
    }

    private func drills(_ request: Request, _ context: ConsoleContext) throws -> Markup {
        let query = request.query
        let filter = DrillFilter(query: query, now: console.now)
        let count = try console.history.count(filter)
        let last = max(1, (count + HistoryPage.pageSize - 1) / HistoryPage.pageSize)
        let page = min(last, max(1, query["page"].flatMap { Int($0) } ?? 1))
        return HistoryPage(
            access: context.access, query: query,
            drills: try console.history.drills(
                filter, limit: HistoryPage.pageSize, offset: (page - 1) * HistoryPage.pageSize),
            running: console.running, count: count, page: page,
            playbooks: try console.history.playbooks(),
            targets: try console.history.targets().map(\.name)
        ).render()
    }

    private func playbooks(_ context: ConsoleContext) throws -> Markup {
        let summaries = try console.history.playbookSummaries(now: console.now)
        let drilled = Set(summaries.map(\.name))
        let names = PlaybookDirectory(console.configuration)?.names ?? []
        return PlaybooksPage(
            access: context.access, summaries: summaries,
            undrilled: names.filter { !drilled.contains($0) }
        ).render()
    }

    private func playbook(
        _ name: String, _ request: Request, _ context: ConsoleContext
    ) throws -> Markup {
        let history = console.history
        let drills = try history.drills(DrillFilter(playbook: name), limit: 20)
        let canRun = PlaybookDirectory(console.configuration)?.path(of: name) != nil
        guard canRun || !drills.isEmpty else {
            throw Problem.notFound("Nothing is known of a playbook '\(name)'.")
        }
        let figures = try history.figures(ofPlaybook: name)
        let asked = request.query["figure"]
        let figure = [asked, "failover.time", "recovery.time", figures.first?.name]
            .compactMap { $0 }.first { wanted in figures.contains { $0.name == wanted } }
        return PlaybookPage(
            access: context.access, name: name,
            summary: try history.playbookSummary(name, now: console.now), drills: drills,
            running: console.running, figures: figures,
            trend: try figure.map { try history.trend(playbook: name, figure: $0) },
            canRun: canRun, hasSchedules: console.configuration.schedules != nil,
            message: String((request.query["message"] ?? "").prefix(300))
        ).render()
    }

    /// Takes `a` and `b`, or two of `drill`, as the history's form sends them.
    private func compare(_ request: Request, _ context: ConsoleContext) throws -> Markup {
        var names = [request.query["a"], request.query["b"]].compactMap { $0 }
        if names.isEmpty {
            names = (request.uri.query ?? "").split(separator: "&").compactMap { pair in
                FormText.fields(pair)["drill"]
            }
        }
        guard names.count == 2 else { throw Problem.badRequest("Tick two drills to compare.") }
        // The history's table has the newest first.
        let drills = try names.map(console.drill).sorted { $0.entry.startedAt < $1.entry.startedAt }
        return ComparePage(
            access: context.access, comparison: DrillComparison(drills[0], drills[1])
        ).render()
    }

    private func target(_ name: String, _ context: ConsoleContext) throws -> Markup {
        let drills = try console.history.drills(DrillFilter(target: name), limit: 20)
        guard !drills.isEmpty else {
            throw Problem.notFound("No drill was run on a target '\(name)'.")
        }
        return TargetPage(
            access: context.access, name: name,
            playbooks: try console.history.playbookSummaries(now: console.now).filter {
                $0.target == name
            },
            faults: try console.history.faults(ofTarget: name), drills: drills,
            running: console.running
        ).render()
    }
}
