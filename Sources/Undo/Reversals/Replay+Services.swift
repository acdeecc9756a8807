import Glibc
import Kernel
import Records

extension Replay {
    /// Starts services again, each once; returns those to wait for.
    ///
    /// Who comes after this replay finds in `notes` which process was started for which record, also
    /// when this one is killed meanwhile.
    func startServices(
        _ records: [UndoRecord], notes: inout JournalFile, results: inout [UndoneRecord]
    ) -> [Service] {
        guard !records.isEmpty else { return [] }
        let attempts = (try? notes.contents().attempts) ?? [:]
        var waiting: [Service] = []
        for record in records {
            guard case .restart(var restart) = record.reversal else { continue }
            restart.attempt = attempts[record.identifier] ?? restart.attempt
            let since = MonotonicClock.now
            guard startsServices else {
                results.append(undone(record, refusal(restart), since: since))
                _ = try? notes.append(.undone(results[results.count - 1]))
                continue
            }
            do {
                let start = try ServiceStart(
                    restart, again: isStartingAgain, patience: servicePatience)
                let service = Service(record: record, since: since, start: start)
                service.note(ifOtherThan: restart.attempt, in: &notes)
                waiting.append(service)
            } catch {
                let outcome = ReversalPerformer.Outcome(
                    comparisons: [restart.comparison], failure: "\(error)")
                results.append(undone(record, outcome, since: since))
                _ = try? notes.append(.undone(results[results.count - 1]))
            }
        }
        return waiting
    }

    /// What another user wrote may be slow without end to look for, be it a pipe for a pid file.
    private func refusal(_ restart: ServiceRestart) -> ReversalPerformer.Outcome {
        let error = UndoError(
            attempted: "start the service again with", object: restart.command.first ?? "nothing",
            reason: "it is another user's, and only that user's own revert starts it",
            remedy: "run firedrill revert as user \(geteuid())")
        return .init(comparisons: [], failure: "\(error)")
    }

    /// Waits for services that were started, all at the same time.
    func wait(for services: [Service], notes: inout JournalFile) -> [UndoneRecord] {
        var waiting = services
        var results: [UndoneRecord] = []
        while !waiting.isEmpty {
            waiting = waiting.compactMap { service in
                var service = service
                guard let outcome = service.outcome(notes: &notes) else { return service }
                results.append(undone(service.record, outcome, since: service.since))
                _ = try? notes.append(.undone(results[results.count - 1]))
                return nil
            }
            if !waiting.isEmpty { usleep(20_000) }
        }
        return results
    }

    /// One service on its way back.
    struct Service {
        let record: UndoRecord
        let since: Int64
        var start: ServiceStart

        /// What came of it; nil while it has to be looked at again.
        mutating func outcome(notes: inout JournalFile) -> ReversalPerformer.Outcome? {
            let attempt = start.restart.attempt
            defer { note(ifOtherThan: attempt, in: &notes) }
            do {
                return try start.outcome().map { .init(comparisons: [$0]) }
            } catch {
                return .init(comparisons: [start.restart.comparison], failure: "\(error)")
            }
        }

        /// Best effort, as all notes of a replay.
        func note(ifOtherThan attempt: ServiceAttempt?, in notes: inout JournalFile) {
            guard let now = start.restart.attempt, now != attempt else { return }
            var record = record
            record.reversal = .restart(start.restart)
            _ = try? notes.append(.update(record))
        }
    }
}

extension JournalContents {
    /// Who was the last to start the service of a record, by the record's identifier.
    var attempts: [String: ServiceAttempt] {
        var attempts: [String: ServiceAttempt] = [:]
        for entry in entries {
            guard case .update(let record) = entry, case .restart(let restart) = record.reversal
            else { continue }
            attempts[record.identifier] = restart.attempt
        }
        return attempts
    }
}

extension JournalContents {
    /// How long the replay of what is open may take: 15 s, and more where a service is to start.
    func replayBound() -> Duration {
        let isStarting = openRecords().contains {
            if case .restart = $0.reversal { true } else { false }
        }
        return .seconds(15)
            + (isStarting ? .nanoseconds(ServiceStart.patience) + .seconds(25) : .zero)
    }
}
