import Drills
import Incidents
import Records
import Scheduler

/// What people may have to know of an occurrence, in the words of alerts.
struct OccurrenceNews: Sendable {
    /// Where drills leave their evidence.
    var evidence: String
    /// The playbook's file of a schedule; nil when the schedule is gone.
    var playbookFile: @Sendable (String) throws -> String?

    /// The news of an occurrence; throws when the schedules cannot be read.
    func make(of occurrence: Occurrence) throws -> [DrillOccurrence] {
        var news: [DrillOccurrence] = []
        if occurrence.state == .missed || occurrence.missedBefore > 0 {
            news.append(.missed(try missed(occurrence)))
        }
        guard [.ended, .aborted].contains(occurrence.state) else { return news }
        if let drill = occurrence.drill, let ended = judged(drill) {
            news.append(.ended(ended))
        } else if occurrence.state == .ended, let ended = try unread(occurrence) {
            news.append(.ended(ended))
        } else {
            news.append(.aborted(try aborted(occurrence)))
        }
        return news
    }

    /// A drill as its verdict tells of it; nil for one that was killed, or whose evidence is gone.
    private func judged(_ drill: String) -> EndedDrill? {
        guard let directory = try? EvidenceDirectory.find(drill, under: evidence) else {
            return nil
        }
        let records = EvidenceReader(directory)
        guard let verdict = try? records.verdict(), let header = try? records.header() else {
            return nil
        }
        return EndedDrill(header, verdict)
    }

    /// A drill of which only the exit code is known: its evidence is another host's, or was removed.
    private func unread(_ occurrence: Occurrence) throws -> EndedDrill? {
        guard let drill = occurrence.drill,
            let outcome = Outcome.allCases.first(where: { $0.exitCode == occurrence.exitCode })
        else { return nil }
        return EndedDrill(
            playbook: try playbook(of: occurrence), drill: drill, outcome: outcome,
            reason: occurrence.reason ?? "its evidence is not on this host",
            leftResidue: outcome == .residual, endedAt: occurrence.identifier.due.nanoseconds)
    }

    private func aborted(_ occurrence: Occurrence) throws -> AbortedDrill {
        AbortedDrill(
            playbook: try playbook(of: occurrence), schedule: occurrence.identifier.schedule,
            dueAt: occurrence.identifier.due.nanoseconds, attempt: occurrence.identifier.attempt,
            drill: occurrence.drill, reason: occurrence.reason ?? "it has no verdict")
    }

    private func missed(_ occurrence: Occurrence) throws -> MissedDrill {
        let due = occurrence.identifier.due.nanoseconds
        let before =
            occurrence.missedBefore > 0 ? "\(occurrence.missedBefore) before it were missed" : nil
        // The same when it is told again after a crash, so that receivers know it again.
        return MissedDrill(
            playbook: try playbook(of: occurrence), schedule: occurrence.identifier.schedule,
            dueAt: due,
            reason: [occurrence.reason, before].compactMap { $0 }.joined(separator: "; "),
            noticedAt: due)
    }

    private func playbook(of occurrence: Occurrence) throws -> String {
        let name = occurrence.identifier.schedule
        return try playbookFile(name).map(Self.playbook(of:)) ?? name
    }

    /// A playbook's name, which its file has too.
    static func playbook(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.split(separator: ".").first.map(String.init) ?? file
    }
}
