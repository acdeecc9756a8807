import Kernel
import Records
import Undo

/// Makes processes stand still for a while.
actor PauseInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let processes: [SelectedProcess]
    private let means: any PauseMeans
    private let context: FaultContext

    private var pausedAt: DrillTime?
    private var resumedAt: DrillTime?
    private var during: [ProcessIdentity: Standing] = [:]

    init(
        identifier: String, duration: Duration, processes: [SelectedProcess],
        means: any PauseMeans, context: FaultContext
    ) {
        self.identifier = identifier
        self.duration = duration
        self.processes = processes
        self.means = means
        self.context = context
        aim = FaultAim(
            backend: means.backend, backendNote: means.note,
            objects: processes.map { .process($0.identity, node: $0.node) },
            requested: [Figure("pause", Double(Nanoseconds(duration).count), .nanoseconds)])
    }

    func snapshot() throws { try means.check() }

    func undoRecords() -> [UndoRecord] {
        means.reversals.enumerated().map { number, inverse in
            UndoRecord(
                identifier: number == 0 ? identifier : "\(identifier)/\(number)",
                summary: inverse.summary, reversal: inverse.reversal)
        }
    }

    func inject() throws {
        try means.pause()
        pausedAt = context.now()
    }

    func readBack() async throws {
        var failure: (any Error)?
        let isPaused = await context.wait(atMost: .seconds(3), every: .milliseconds(2)) {
            do {
                return try readStandings() || during.values.contains(.ended)
            } catch {
                failure = error
                return true
            }
        }
        if let failure { throw failure }
        try Task.checkCancellation()
        guard isPaused, !during.values.contains(.ended) else {
            throw FaultError(
                attempted: "pause the process", object: "\(processes[0].identity)",
                reason: isPaused
                    ? "it has ended"
                    : "it does not stand still three seconds after it was asked to")
        }
        pausedAt = context.now()
    }

    func hold() async {
        try? await context.sleep(duration)
        // What cannot be read leaves the pause unproven.
        if (try? readStandings()) == nil { during = [:] }
    }

    func proof() -> EffectProof {
        let requested = Figure("pause", Double(Nanoseconds(duration).count), .nanoseconds)
        let end = resumedAt ?? context.now()
        let lasted = pausedAt.map { Double((end - $0).count) } ?? 0
        let achieved = processes.map { process in
            FaultRecord.Achievement(
                name: "pause of " + (process.node.map { "node \($0)" } ?? "\(process.identity)"),
                requested: requested, during: Figure("pause", lasted, .nanoseconds), samples: 1,
                confirmed: during[process.identity] == .paused)
        }
        let isConfirmed = achieved.allSatisfy(\.confirmed)
        return EffectProof(
            isConfirmed ? .confirmed : .unproven,
            isConfirmed
                ? "every thread was seen to stand still, at the beginning and at the end of "
                    + DurationText(nanoseconds: lasted).description
                : "the process was not seen to stand still to the end of the pause",
            achieved: achieved)
    }

    func revert() throws {
        defer { if resumedAt == nil { resumedAt = context.now() } }
        try means.resume()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        _ = await context.wait(atMost: .seconds(2), every: .milliseconds(2)) {
            processes.allSatisfy { standing(of: $0.identity) != .paused }
        }
        let comparisons = processes.map { process in
            let standing = standing(of: process.identity)
            return Comparison(
                what: "\(process.identity) may run", before: "yes",
                after: standing == .paused ? "no" : standing == .ended ? "it has ended" : "yes",
                isSame: standing != .paused)
        }
        let isClean = comparisons.allSatisfy(\.isSame)
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }

    /// Reads how all are now; true when all stand still.
    private func readStandings() throws -> Bool {
        for process in processes {
            during[process.identity] = try means.standing(of: process.identity)
        }
        return processes.allSatisfy { during[$0.identity] == .paused }
    }

    /// How a process is now; what cannot be read counts as paused, for it may be.
    private func standing(of process: ProcessIdentity) -> Standing {
        do {
            return try means.standing(of: process)
        } catch let error as KernelError where error.reason == .vanished {
            return .ended
        } catch {
            return .paused
        }
    }
}
