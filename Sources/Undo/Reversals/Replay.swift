import Glibc
import Kernel
import Records

/// Replays open records newest first and writes what came of it.
struct Replay {
    /// How long records that could not be taken out are tried again.
    static let patience: Int64 = 2_000_000_000

    let actor: UndoneRecord.Actor
    private let performer: ReversalPerformer

    /// - Parameter ending: a process that is about to end and has asked for the replay.
    init(actor: UndoneRecord.Actor, ending: ProcessIdentity? = nil) {
        self.actor = actor
        var performer = ReversalPerformer()
        performer.ending = ending
        performer.hasCompanion = actor == .guardian
        self.performer = performer
    }

    /// Replays all records, the failed ones again within the bound, and notes each once.
    ///
    /// A note that cannot be written does not stop the replay.
    func run(_ records: [UndoRecord], notes: inout JournalFile) -> [UndoneRecord] {
        let deadline = MonotonicClock.now + Self.patience
        var results: [UndoneRecord] = []
        // A service may take its time to start, and nothing else shall wait for it.
        let isSlow = { (record: UndoRecord) in
            if case .restart = record.reversal { true } else { false }
        }
        var waiting =
            records.reversed().filter { !isSlow($0) } + records.reversed().filter(isSlow)
        while !waiting.isEmpty {
            var failed: [UndoRecord] = []
            let isLastRound = MonotonicClock.now >= deadline
            for record in waiting {
                let result = replay(record)
                if !result.isClean && !isLastRound {
                    failed.append(record)
                } else {
                    _ = try? notes.append(.undone(result))
                    results.append(result)
                }
            }
            waiting = failed
            if !failed.isEmpty { usleep(10_000) }
        }
        return results
    }

    private func replay(_ record: UndoRecord) -> UndoneRecord {
        let start = MonotonicClock.now
        let outcome = performer.perform(record.reversal)
        return UndoneRecord(
            identifier: record.identifier, summary: record.summary, by: actor, startedAt: start,
            duration: Nanoseconds(MonotonicClock.now - start), comparisons: outcome.comparisons,
            failure: outcome.failure, isKernels: record.reversal.isKernels ? true : nil)
    }
}
