import History
import Hummingbird
import Logging
import Reports

/// The pages and forms of schedules.
struct ScheduleForms {
    let console: Console

    func add(to router: Router<ConsoleContext>) {
        router.get("/schedules/new") { request, context in
            var draft = ScheduleDraft()
            draft[.playbook] = request.query["playbook"] ?? ""
            draft[.timezone] = "UTC"
            return try form(draft, replaced: nil, request, context)
        }
        router.get("/schedules/:name/edit") { request, context in
            let name = try context.parameter("name")
            return try form(try draft(of: name), replaced: name, request, context)
        }
        router.get("/schedules/:name") { request, context in
            let details = try console.schedule(try context.parameter("name"), count: 10)
            return Response.page(
                SchedulePage(
                    access: context.access, details: details,
                    message: String((request.query["message"] ?? "").prefix(300))
                ).render())
        }
        router.post("/schedules") { request, context in
            try await take(request, context, replaced: nil)
        }
        router.post("/schedules/:name") { request, context in
            let name = try context.parameter("name")
            return try await take(request, context, replaced: name)
        }
        for change in ScheduleControl.Change.allCases {
            router.post("/schedules/:name/\(change.rawValue)") { request, context in
                try context.require(change == .remove ? .admin : .run)
                _ = try await request.form(context, console.sessions)
                let message = try console.change(
                    try context.parameter("name"), change, by: context.access)
                return Response.seeOther("/calendar?message=\(FormText.encode(message))")
            }
        }
        router.post("/freeze") { request, context in
            try context.require(.run)
            let fields = try await request.form(context, console.sessions)
            let (until, reason) = (fields["until"] ?? "", fields["reason"] ?? "")
            guard !reason.isEmpty else { throw Problem.badRequest("The reason is missing.") }
            let answer = try console.setFreeze(
                until.isEmpty ? nil : until, reason, by: context.access)
            return Response.seeOther("/calendar?message=\(FormText.encode(answer.message))")
        }
        router.post("/thaw") { request, context in
            try context.require(.run)
            _ = try await request.form(context, console.sessions)
            let answer = try console.setFreeze(nil, nil, by: context.access)
            return Response.seeOther("/calendar?message=\(FormText.encode(answer.message))")
        }
    }

    /// The form before anything was sent; who has no session is asked to log in first.
    private func form(
        _ draft: ScheduleDraft, replaced: String?, _ request: Request, _ context: ConsoleContext
    ) throws -> Response {
        guard context.access.session != nil else {
            return Response.seeOther("/login?to=\(FormText.encode(request.uri.description))")
        }
        try context.require(.admin)
        return Response.page(try page(draft, replaced, ScheduleReview(), context))
    }

    private func draft(of name: String) throws -> ScheduleDraft {
        do {
            guard let draft = try console.schedules.draft(name) else {
                throw Problem.notFound("There is no schedule '\(name)'.")
            }
            return draft
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(.conflict, "\(error)")
        }
    }

    private func take(
        _ request: Request, _ context: ConsoleContext, replaced: String?
    ) async throws -> Response {
        try context.require(.admin)
        let fields = try await request.form(context, console.sessions)
        let draft = ScheduleDraft(fields: fields)
        let isKept = fields["do"] == "keep"
        let order = ScheduleControl.DraftOrder(
            playbook: PlaybookDirectory(console.configuration)?.path(of: draft[.playbook]),
            replaced: replaced, isKept: isKept)
        let review: ScheduleReview
        do {
            review = try console.schedules.review(draft, order)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(.conflict, "\(error)")
        }
        guard isKept, review.problems.isEmpty else {
            return Response.page(
                try page(draft, replaced, review, context),
                status: review.problems.isEmpty ? .ok : .unprocessableContent)
        }
        console.logger.notice(
            "schedule is kept",
            metadata: ["schedule": "\(review.name)", "by": "\(context.access.name ?? "")"])
        let message = FormText.encode("\(review.name) is kept.")
        return Response.seeOther("/schedules/\(FormText.encode(review.name))?message=\(message)")
    }

    private func page(
        _ draft: ScheduleDraft, _ replaced: String?, _ review: ScheduleReview,
        _ context: ConsoleContext
    ) throws -> Markup {
        let control = try console.schedules
        return ScheduleFormPage(
            access: context.access, draft: draft, replaced: replaced, review: review,
            playbooks: PlaybookDirectory(console.configuration)?.names ?? [],
            timeZones: control.timeZones()
        ).render()
    }
}
