import History
import Hummingbird
import Logging
import Records
import Reports

/// The API and the forms for schedules.
enum ScheduleRoutes {
    /// The longest schedule that is taken, in bytes.
    private static let limit = 1 << 16

    static let all: [APIRoute] =
        [
            APIRoute(
                method: .get, path: "/api/v1/schedules", name: "listSchedules",
                summary: "The schedules, with when each is due next.", scope: .view
            ) { _, _, console in
                try console.schedules.list().map(ScheduleDocument.init)
            },
            APIRoute(
                method: .get, path: "/api/v1/schedules/{schedule}", name: "getSchedule",
                summary: "One schedule: its rules, when it is due next, what came of it.",
                scope: .view,
                query: [
                    .init(
                        name: "count", description: "So many moments; 10 by default.",
                        kind: .number(1...100))
                ]
            ) { request, context, console in
                let count = try APIRoute.number(request, "count", 1...100, or: 10)
                return ScheduleDetailsDocument(
                    try console.schedule(
                        try context.parameter("schedule"), count: count))
            },
            APIRoute(
                method: .put, path: "/api/v1/schedules/{schedule}", name: "keepSchedule",
                summary: "Keeps a schedule, written as the YAML files of schedules are.",
                scope: .admin,
                query: [
                    .init(
                        name: "replace", description: "One of this name may be there.",
                        kind: .flag)
                ],
                takesPlaybook: true
            ) { request, context, console in
                try keep(
                    try await request.bytes(limit: limit), try context.parameter("schedule"),
                    replaces: try APIRoute.flag(request, "replace"), console)
            },
            APIRoute(
                method: .get, path: "/api/v1/freeze", name: "getFreeze",
                summary: "The order that no drill begins; an empty message for none.", scope: .view
            ) { _, _, console in
                MessageDocument(message: try console.schedules.freeze() ?? "")
            },
            APIRoute(
                method: .put, path: "/api/v1/freeze", name: "freeze",
                summary: "Lets no drill begin until a moment; those that run go on.", scope: .run,
                query: [
                    .init(name: "until", description: "ISO 8601 in UTC; for good when left out."),
                    .init(name: "reason", description: "Why.", isRequired: true),
                ]
            ) { request, context, console in
                guard let reason = request.query["reason"], !reason.isEmpty else {
                    throw Problem.badRequest("The reason is missing.")
                }
                let until = request.query["until"].flatMap { $0.isEmpty ? nil : $0 }
                return try console.setFreeze(until, reason, by: context.access)
            },
            APIRoute(
                method: .delete, path: "/api/v1/freeze", name: "thaw",
                summary: "Lets drills begin again.", scope: .run
            ) { _, context, console in
                try console.setFreeze(nil, nil, by: context.access)
            },
            change(.remove, .delete, "/api/v1/schedules/{schedule}", "Ends a schedule.", .admin),
        ]
        + [
            (ScheduleControl.Change.pause, "Runs nothing of a schedule until it is resumed."),
            (.resume, "Lets a paused schedule go on."),
            (.run, "Asks for one drill of a schedule, as soon as there is room for it."),
        ].map {
            change($0, .post, "/api/v1/schedules/{schedule}/\($0.rawValue)", $1, .run)
        }

    private static func change(
        _ change: ScheduleControl.Change, _ method: APIRoute.Method, _ path: String,
        _ summary: String, _ scope: AccessToken.Scope
    ) -> APIRoute {
        APIRoute(
            method: method, path: path, name: "\(change.rawValue)Schedule", summary: summary,
            scope: scope
        ) { _, context, console in
            MessageDocument(
                message: try console.change(
                    try context.parameter("schedule"), change, by: context.access))
        }
    }

    private static func keep(
        _ text: [UInt8], _ name: String, replaces: Bool, _ console: Console
    ) throws -> ProblemsDocument {
        guard let directory = PlaybookDirectory(console.configuration) else {
            throw Problem(.conflict, "No directory of playbooks is configured.")
        }
        let control = try console.schedules
        guard try replaces || !control.list().contains(where: { $0.name == name }) else {
            throw Problem(.conflict, "There is a schedule '\(name)': replace=true replaces it.")
        }
        let problems = try control.keep(text, name, replaces) { playbook in
            let file = playbook.split(separator: "/").last.map(String.init) ?? ""
            guard file.hasSuffix(".yaml"), let path = directory.path(of: String(file.dropLast(5)))
            else { return false }
            return path == playbook
        }
        guard problems.isEmpty else {
            throw Problem(.unprocessableContent, problems.joined(separator: "\n"))
        }
        return ProblemsDocument(problems: [])
    }
}

extension Console {
    /// What can be done with schedules; refuses where this service runs none.
    var schedules: ScheduleControl {
        get throws {
            guard let control = configuration.schedules else {
                throw Problem(.conflict, "This service runs no schedules.")
            }
            return control
        }
    }

    /// A schedule with its next moments and what came of it.
    func schedule(_ name: String, count: Int) throws -> ScheduleDetails {
        guard let details = try schedules.details(name, count) else {
            throw Problem.notFound("There is no schedule '\(name)'.")
        }
        return details
    }

    /// Lets no drill begin, or lets them begin again; logs who said so.
    func setFreeze(
        _ until: String?, _ reason: String?, by access: Access
    ) throws -> MessageDocument {
        let control = try schedules
        do {
            let message = try control.setFreeze(until, reason.map { String($0.prefix(500)) })
            logger.notice("\(message)", metadata: ["by": "\(access.name ?? "")"])
            return MessageDocument(message: message)
        } catch {
            throw Problem(.unprocessableContent, "\(error)")
        }
    }

    /// Changes a schedule, and returns what came of it.
    func change(
        _ name: String, _ change: ScheduleControl.Change, by access: Access
    ) throws -> String {
        logger.notice(
            "schedule is changed",
            metadata: [
                "schedule": "\(name)", "change": "\(change.rawValue)",
                "by": "\(access.name ?? "")",
            ])
        let message: String?
        do {
            message = try schedules.change(name, change)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(.conflict, "\(error)")
        }
        guard let message else { throw Problem.notFound("There is no schedule '\(name)'.") }
        return message
    }
}

/// A schedule, for programs.
struct ScheduleDocument: Encodable, Sendable {
    let name: String
    let playbook: String
    let when: String
    let next: String?
    let paused: Bool
    let file: String?

    init(_ schedule: ScheduleEntry) {
        name = schedule.name
        playbook = schedule.playbook
        when = schedule.text
        next = schedule.next.map { WallClock(start: $0).stamp(.zero) }
        paused = schedule.isPaused
        file = schedule.file
    }
}

/// A schedule with what came of it, for programs.
struct ScheduleDetailsDocument: Encodable, Sendable {
    struct Moment: Encodable, Sendable {
        let at: String
        let local: String
    }

    struct Past: Encodable, Sendable {
        let due: String
        let state: String
        let drill: String?
        let exitCode: Int32?
        let note: String
    }

    let schedule: ScheduleDocument
    let rules: [String: String]
    let next: [Moment]
    let past: [Past]

    init(_ details: ScheduleDetails) {
        schedule = ScheduleDocument(details.entry)
        rules = Dictionary(details.rules.map { ($0.name, $0.value) }) { first, _ in first }
        next = details.next.map {
            Moment(at: WallClock(start: $0.at).stamp(.zero), local: $0.local)
        }
        past = details.past.map {
            Past(
                due: WallClock(start: $0.due).stamp(.zero), state: $0.state, drill: $0.drill,
                exitCode: $0.exitCode, note: $0.note)
        }
    }
}
