import History
import Hummingbird
import Logging
import Records

/// What all routes share: the history, the drills that run, and who may do what.
struct Console: Sendable {
    let configuration: ConsoleConfiguration
    let history: HistoryDatabase
    let board: LiveBoard
    let sessions: Sessions
    let access: AccessMiddleware
    let logger: Logger

    init(configuration: ConsoleConfiguration, history: HistoryDatabase, logger: Logger) {
        self.configuration = configuration
        self.history = history
        self.logger = logger
        board = LiveBoard(
            control: configuration.control, history: history)
        sessions = Sessions()
        access = AccessMiddleware(
            configuration: configuration, history: history, sessions: sessions)
    }

    var now: Int64 { configuration.clock() }

    /// The identifiers of the drills that run.
    var running: Set<String> { Set(configuration.control.running()) }

    /// A drill that the history knows.
    func drill(_ identifier: String) throws -> DrillDetails {
        guard let details = try history.details(of: identifier) else {
            throw Problem.notFound("The history has no drill '\(identifier)'.")
        }
        return details
    }

    /// Stops a drill that runs, and returns what came of it.
    func stop(_ identifier: String, by access: Access) async throws -> String {
        guard configuration.control.running().contains(identifier) else {
            throw Problem(.conflict, "The drill '\(identifier)' does not run.")
        }
        logger.notice(
            "drill is stopped", metadata: ["drill": "\(identifier)", "by": "\(access.name ?? "")"])
        return await configuration.control.stop(identifier)
    }

    /// Starts a drill of a playbook in the configured directory, and returns what came of it.
    func start(_ name: String, by access: Access) async throws -> String {
        guard let directory = PlaybookDirectory(configuration), let path = directory.path(of: name)
        else { throw Problem.notFound("No playbook '\(name)' can be run from here.") }
        logger.notice(
            "drill is started", metadata: ["playbook": "\(name)", "by": "\(access.name ?? "")"])
        do {
            return try await configuration.control.start(path)
        } catch {
            throw Problem(.conflict, "\(error)")
        }
    }
}
