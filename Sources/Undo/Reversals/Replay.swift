import Glibc
import Kernel
import Records

/// Replays open records newest first and writes what came of it.
///
/// What has to be done comes before what the kernel does and is but looked at: a look goes through
/// what every process has open, and may hang in a file system that does not answer. It changes
/// nothing, so that no deed needs to come after it.
struct Replay {
    /// How long records that could not be taken out are tried again.
    static let patience: Int64 = 2_000_000_000

    let actor: UndoneRecord.Actor
    let servicePatience: Int64
    /// Whether services are started, or even looked for: whoever does another user's bidding does not.
    let startsServices: Bool
    private let performer: ReversalPerformer

    /// - Parameters:
    ///   - ending: a process that is about to end and has asked for the replay.
    ///   - isOfEarlierBoot: whether the records are of another boot than this one.
    ///   - servicePatience: how long a service may take to run again, in nanoseconds.
    ///   - startsServices: whether services are started, and so waited for.
    init(
        actor: UndoneRecord.Actor, ending: ProcessIdentity? = nil, isOfEarlierBoot: Bool = false,
        servicePatience: Int64 = ServiceStart.patience, startsServices: Bool = true
    ) {
        self.startsServices = startsServices
        self.actor = actor
        self.servicePatience = servicePatience
        var performer = ReversalPerformer()
        performer.ending = ending
        performer.hasCompanion = actor == .guardian
        performer.isOfEarlierBoot = isOfEarlierBoot
        self.performer = performer
    }

    /// Replays all records, the failed ones again within the bound, and notes each once.
    ///
    /// A note that cannot be written does not stop the replay.
    func run(_ records: [UndoRecord], notes: inout JournalFile) -> [UndoneRecord] {
        let newestFirst = records.reversed()
        let isRestart = { (record: UndoRecord) in
            if case .restart = record.reversal { true } else { false }
        }
        var results = takeOut(
            newestFirst.filter { !isRestart($0) && !$0.reversal.isKernels }, notes: &notes)
        // A service may take its time to start, and nothing else shall wait for it.
        let services = startServices(
            newestFirst.filter(isRestart), notes: &notes, results: &results)
        results += takeOut(newestFirst.filter(\.reversal.isKernels), notes: &notes)
        return results + wait(for: services, notes: &notes)
    }

    private func takeOut(_ records: [UndoRecord], notes: inout JournalFile) -> [UndoneRecord] {
        let deadline = MonotonicClock.now + Self.patience
        var results: [UndoneRecord] = []
        var waiting = records
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
        return undone(record, performer.perform(record.reversal), since: start)
    }

    func undone(
        _ record: UndoRecord, _ outcome: ReversalPerformer.Outcome, since start: Int64
    ) -> UndoneRecord {
        UndoneRecord(
            identifier: record.identifier, summary: record.summary, by: actor, startedAt: start,
            duration: Nanoseconds(MonotonicClock.now - start), comparisons: outcome.comparisons,
            failure: outcome.failure, isKernels: record.reversal.isKernels ? true : nil)
    }

    /// Whether a service is started once more whose start has come to nothing: somebody has asked.
    ///
    /// A drill and its guardian follow each other within moments, and start it once together.
    var isStartingAgain: Bool { actor == .revert && performer.ending == nil }
}
