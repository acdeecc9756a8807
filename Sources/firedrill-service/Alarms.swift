import Incidents
import Logging
import Scheduler
import ServiceLifecycle

/// The part of the service that tells people what came of schedules.
///
/// What is to be told lies in the store until it was: what a crash catches between the end of a drill
/// and its telling is told by the next service, or by another one that shares the store.
struct Alarms: Service {
    /// How many occurrences are read at once.
    private static let batch = 500
    /// How often the store is asked, should nobody have said that there is news.
    private static let look = Duration.seconds(2)
    /// After this long what could not be told is tried again.
    private static let rest = Duration.seconds(5)

    private let router: AlertRouter
    private let store: any ScheduleStore
    private let news: OccurrenceNews
    private let logger: Logger
    private let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// - Parameter store: the one of the service that runs the schedules, by its name.
    init(
        options: IncidentOptions, store: any ScheduleStore, evidence: String, logger: Logger
    ) throws {
        router = try AlertRouter(
            configuration: try options.load(), directory: options.directory,
            memory: (store as? any SharedNotes).map(SharedAlertMemory.init))
        self.store = store
        self.logger = logger
        news = OccurrenceNews(evidence: evidence) { name in
            try store.schedule(name)?.schedule.rules.playbook
        }
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that an occurrence has come to its end; never waits.
    func wake() { continuation.yield() }

    /// Runs until it is asked to end gracefully, and what has come to its end until then is on disk.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await router.run { delivery in
                        logger.warning(
                            "alert not delivered",
                            metadata: [
                                "to": "\(delivery.destination)",
                                "attempts": "\(delivery.attempts)",
                                "state": "\(delivery.state.rawValue)",
                                "reason": "\(delivery.failure)",
                            ])
                    } report: { error in
                        logger.error("alerts wait", metadata: ["reason": "\(error)"])
                    }
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.look)) != nil { wake() }
                }
                for await _ in wakes {
                    guard await !tellAll() else { continue }
                    try? await Task.sleep(for: Self.rest)
                }
                _ = await tellAll()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    /// Tells what is untold; false when something stands in the way.
    private func tellAll() async -> Bool {
        do {
            while true {
                let untold = try store.takeUntold(limit: Self.batch)
                for occurrence in untold { try await tell(occurrence) }
                try store.noteTold(untold.map(\.identifier))
                if untold.count < Self.batch { return true }
            }
        } catch {
            logger.error("alerts cannot be made", metadata: ["reason": "\(error)"])
            return false
        }
    }

    private func tell(_ occurrence: Occurrence) async throws {
        for news in try news.make(of: occurrence) {
            for alert in try await router.record(news) {
                logger.warning(
                    "alert", metadata: ["kind": "\(alert.kind)", "reason": "\(alert.sentence)"])
            }
        }
    }
}
