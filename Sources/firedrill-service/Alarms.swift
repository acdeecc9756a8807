import Drills
import Incidents
import Kernel
import Logging
import Scheduler
import ServiceLifecycle

/// The part of the service that tells people what came of schedules.
struct Alarms: Service {
    /// The most occurrences that wait to be told; beyond them the oldest is left to the log.
    private static let limit = 10_000

    private let router: AlertRouter
    private let store: any ScheduleStore
    /// Where drills leave their evidence.
    private let evidence: String
    private let logger: Logger
    private let occurrences: AsyncStream<Occurrence>
    private let continuation: AsyncStream<Occurrence>.Continuation

    init(
        options: IncidentOptions, store: any ScheduleStore, evidence: String, logger: Logger
    ) throws {
        router = try AlertRouter(
            configuration: try options.load(), directory: options.directory)
        self.store = store
        self.evidence = evidence
        self.logger = logger
        (occurrences, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingNewest(Self.limit))
    }

    /// Notes what came of an occurrence; never waits.
    func take(_ occurrence: Occurrence) { continuation.yield(occurrence) }

    /// Runs until it is asked to end gracefully, and what was noted until then is on disk.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await router.run { error in
                        logger.error("alerts wait", metadata: ["reason": "\(error)"])
                    }
                }
                for await occurrence in occurrences { await record(occurrence) }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    private func record(_ occurrence: Occurrence) async {
        do {
            for news in try news(of: occurrence) {
                for alert in try await router.record(news) {
                    logger.warning(
                        "alert", metadata: ["kind": "\(alert.kind)", "reason": "\(alert.sentence)"])
                }
            }
        } catch {
            logger.error(
                "an alert could not be made",
                metadata: ["schedule": "\(occurrence.identifier)", "reason": "\(error)"])
        }
    }

    private func news(of occurrence: Occurrence) throws -> [DrillOccurrence] {
        var news: [DrillOccurrence] = []
        if occurrence.state == .missed || occurrence.missedBefore > 0 {
            news.append(.missed(try missed(occurrence)))
        }
        if [.ended, .aborted].contains(occurrence.state), let drill = occurrence.drill {
            let records = EvidenceReader(try EvidenceDirectory.find(drill, under: evidence))
            // A drill that was killed has left no verdict, and the log has said so.
            if let verdict = try records.verdict() {
                news.append(.ended(EndedDrill(try records.header(), verdict)))
            }
        }
        return news
    }

    private func missed(_ occurrence: Occurrence) throws -> MissedDrill {
        let name = occurrence.identifier.schedule
        let file = try store.schedule(name)?.schedule.rules.playbook
        let before =
            occurrence.missedBefore > 0 ? "\(occurrence.missedBefore) before it were missed" : nil
        return MissedDrill(
            playbook: file.map(Self.playbook(of:)) ?? name, schedule: name,
            dueAt: occurrence.identifier.due.nanoseconds,
            reason: [occurrence.reason, before].compactMap { $0 }.joined(separator: "; "),
            noticedAt: RealTimeClock.now)
    }

    /// A playbook's name, which its file has too.
    static func playbook(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.split(separator: ".").first.map(String.init) ?? file
    }
}
