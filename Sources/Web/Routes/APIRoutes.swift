import History
import Hummingbird
import Records

/// The API: everything that the pages show and do, for programs.
enum APIRoutes {
    static func add(to router: Router<ConsoleContext>, _ console: Console) {
        for route in all {
            router.on(RouterPath("/" + route.routerPath), method: route.method.request) {
                request, context in
                try context.require(route.scope)
                // A browser's session is for pages: their forms carry what proves their origin.
                if route.method != .get, context.access.session != nil {
                    throw Problem(.forbidden, "The API takes tokens in the Authorization header.")
                }
                if route.takesPlaybook, request.isEmpty {
                    throw Problem.badRequest("The text is missing.")
                }
                let answer = try await route.perform(request, context, console)
                return Response.json(answer, status: .init(code: route.status))
            }
        }
        router.get("/api/v1/openapi.json") { _, _ in
            Response.text(
                try OpenAPI.document(
                    all, readingNeedsToken: console.configuration.readingNeedsToken),
                type: "application/json")
        }
        router.get("/metrics") { _, context in
            try context.require(.view)
            return Response.text(
                try Metrics(
                    history: console.history,
                    running: console.configuration.control.running().count,
                    next: console.configuration.upcoming().first?.at,
                    missed: console.configuration.missed(), now: console.now
                ).text(), type: "text/plain; version=0.0.4")
        }
        router.get("/healthz") { _, _ in Response.json(["alive": true]) }
    }

    /// The methods that a path of the API takes; none for a path that is not there.
    static func methods(of path: String) -> [APIRoute.Method] {
        let parts = path.split(separator: "/")
        return APIRoute.Method.allCases.filter { method in
            all.contains { route in
                let pattern = route.path.split(separator: "/")
                return route.method == method && pattern.count == parts.count
                    && zip(pattern, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
            }
        }
    }

    static let all = reading + comparing + changing + ScheduleRoutes.all

    private static let reading = [
        APIRoute(
            method: .get, path: "/api/v1/drills", name: "listDrills",
            summary: "The drills of the history, newest first.", scope: .view,
            query: [
                .init(name: "playbook", description: "Only of this playbook."),
                .init(name: "target", description: "Only on this target."),
                .init(name: "host", description: "Only of this host."),
                .init(name: "tag", description: "Only with this tag."),
                .init(name: "text", description: "Part of the title, identifier or reason."),
                .init(
                    name: "outcome",
                    description: "An outcome, or not-passed, or none for no verdict."),
                .init(
                    name: "days", description: "Only of the last so many days.",
                    kind: .number(1...36_500)),
                .init(
                    name: "limit", description: "At most so many; 50 by default.",
                    kind: .number(1...1000)),
                .init(
                    name: "offset", description: "Passes over so many of the newest.",
                    kind: .number(0...1_000_000_000)),
            ]
        ) { request, _, console in
            let query = request.query
            let filter = DrillFilter(query: query, now: console.now)
            let limit = try APIRoute.number(request, "limit", 1...1000, or: 50)
            let offset = try APIRoute.number(request, "offset", 0...1_000_000_000, or: 0)
            _ = try APIRoute.number(request, "days", 1...36_500, or: 1)
            return DrillListDocument(
                count: try console.history.count(filter),
                drills: try console.history.drills(filter, limit: limit, offset: offset)
                    .map(DrillDocument.init))
        },
        APIRoute(
            method: .get, path: "/api/v1/drills/{drill}", name: "getDrill",
            summary: "One drill with its figures, checks and faults.", scope: .view
        ) { _, context, console in
            DrillDetailsDocument(try console.drill(try context.parameter("drill")))
        },
        APIRoute(
            method: .get, path: "/api/v1/playbooks", name: "listPlaybooks",
            summary: "The playbooks that were drilled, with their resilience scores.", scope: .view
        ) { _, _, console in
            try console.history.playbookSummaries(now: console.now).map(PlaybookDocument.init)
        },
        APIRoute(
            method: .get, path: "/api/v1/running", name: "listRunning",
            summary: "The drills that run now.", scope: .view
        ) { _, _, console in
            console.board.drills().map(RunningDocument.init)
        },
        APIRoute(
            method: .get, path: "/api/v1/upcoming", name: "listUpcoming",
            summary: "The drills that schedules will begin, soonest first.", scope: .view
        ) { _, _, console in
            try console.configuration.upcoming().map(UpcomingDocument.init)
        },
    ]

    private static let comparing = [
        APIRoute(
            method: .get, path: "/api/v1/playbooks/{playbook}/trend", name: "getTrend",
            summary: "One figure of a playbook's drills over time, oldest first.", scope: .view,
            query: [
                .init(name: "figure", description: "Such as failover.time.", isRequired: true),
                .init(
                    name: "limit", description: "At most so many of the newest; 200 by default.",
                    kind: .number(1...1000)),
            ]
        ) { request, context, console in
            guard let figure = request.query["figure"], !figure.isEmpty else {
                throw Problem.badRequest("The figure is missing.")
            }
            let limit = try APIRoute.number(request, "limit", 1...1000, or: 200)
            return TrendDocument(
                try console.history.trend(
                    playbook: try context.parameter("playbook"), figure: figure, limit: limit))
        },
        APIRoute(
            method: .get, path: "/api/v1/compare", name: "compareDrills",
            summary: "Two drills side by side.", scope: .view,
            query: [
                .init(name: "a", description: "The first drill.", isRequired: true),
                .init(name: "b", description: "The second drill.", isRequired: true),
            ]
        ) { request, _, console in
            guard let first = request.query["a"], let second = request.query["b"] else {
                throw Problem.badRequest("Two drills are needed: a and b.")
            }
            return ComparisonDocument(
                DrillComparison(try console.drill(first), try console.drill(second)))
        },
    ]

    private static let changing = [
        APIRoute(
            method: .post, path: "/api/v1/drills/{drill}/stop", name: "stopDrill",
            summary: "Stops a drill that runs; answers when its faults are out.", scope: .run
        ) { _, context, console in
            MessageDocument(
                message: try await console.stop(
                    try context.parameter("drill"), by: context.access))
        },
        APIRoute(
            method: .post, path: "/api/v1/playbooks/{playbook}/run", name: "runPlaybook",
            summary: "Starts a drill of a playbook of the configured directory.", scope: .run,
            status: 202
        ) { _, context, console in
            MessageDocument(
                message: try await console.start(
                    try context.parameter("playbook"), by: context.access))
        },
        APIRoute(
            method: .post, path: "/api/v1/playbooks/{playbook}/validate", name: "validatePlaybook",
            summary: "Says what is wrong with a playbook's text; keeps and runs nothing.",
            scope: .view, takesPlaybook: true
        ) { request, context, console in
            let text = try await request.bytes(limit: PlaybookDirectory.limit)
            return ProblemsDocument(
                problems: console.configuration.validate(text, try context.parameter("playbook")))
        },
        APIRoute(
            method: .put, path: "/api/v1/playbooks/{playbook}", name: "keepPlaybook",
            summary: "Keeps a valid playbook in the configured directory; runs nothing.",
            scope: .admin,
            query: [
                .init(
                    name: "replace", description: "One of this name may be there.", kind: .flag)
            ],
            takesPlaybook: true
        ) { request, context, console in
            guard let directory = PlaybookDirectory(console.configuration) else {
                throw Problem(.conflict, "No directory of playbooks is configured.")
            }
            let name = try context.parameter("playbook")
            let isReplacement = try APIRoute.flag(request, "replace")
            guard isReplacement || directory.path(of: name) == nil else {
                throw Problem(.conflict, "There is a playbook '\(name)': replace=true replaces it.")
            }
            let text = try await request.bytes(limit: PlaybookDirectory.limit)
            let problems = try directory.keep(text, as: name, replaces: isReplacement)
            guard problems.isEmpty else {
                throw Problem(.unprocessableContent, problems.joined(separator: "\n"))
            }
            return ProblemsDocument(problems: [])
        },
    ]
}
