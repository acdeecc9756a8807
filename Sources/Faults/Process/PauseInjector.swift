import Glibc
import Kernel
import Records
import Undo

/// Stops processes with SIGSTOP and continues them with SIGCONT.
actor PauseInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let duration: Duration
    private let processes: [SelectedProcess]
    private let context: FaultContext

    private var handles: [ProcessHandle] = []
    private var stoppedAt: DrillTime?
    private var continuedAt: DrillTime?
    private var statesDuring: [ProcessIdentity: Character] = [:]

    init(
        identifier: String, duration: Duration, processes: [SelectedProcess],
        context: FaultContext
    ) {
        self.identifier = identifier
        self.duration = duration
        self.processes = processes
        self.context = context
        aim = FaultAim(
            backend: "pidfd", backendNote: ProcessKill.note,
            objects: processes.map { .process($0.identity, node: $0.node) },
            requested: [
                Figure("signal", Double(SIGSTOP), .none, text: "SIGSTOP"),
                Figure("pause", Double(Nanoseconds(duration).count), .nanoseconds),
            ])
    }

    func snapshot() throws {
        handles = try processes.map { try ProcessHandle($0.identity) }
        // A process that is stopped already would be continued by our undo.
        for handle in handles where handle.state == "T" {
            throw FaultError(
                attempted: "pause the process", object: "\(handle.identity)",
                reason: "somebody else has stopped it", remedy: "continue it first")
        }
    }

    func undoRecords() -> [UndoRecord] {
        let patience = Nanoseconds(duration).count + 30_000_000_000
        return processes.enumerated().map { number, process in
            UndoRecord(
                identifier: number == 0 ? identifier : "\(identifier)/\(number)",
                summary: "continue \(process.identity)", reversal: .resume(process.identity),
                deadline: BootClock.now + patience)
        }
    }

    func inject() throws {
        for handle in handles { try handle.signal(SIGSTOP) }
        stoppedAt = context.now()
    }

    func readBack() async throws {
        let isStopped = await context.wait(atMost: .seconds(2)) { readStates() }
        try Task.checkCancellation()
        guard isStopped else {
            throw FaultError(
                attempted: "pause the process", object: "\(processes[0].identity)",
                reason: "its state is not T two seconds after SIGSTOP")
        }
    }

    func hold() async {
        try? await context.sleep(duration)
        _ = readStates()
    }

    func proof() -> EffectProof {
        let requested = Figure("pause", Double(Nanoseconds(duration).count), .nanoseconds)
        let end = continuedAt ?? context.now()
        let lasted = stoppedAt.map { Double((end - $0).count) } ?? 0
        let achieved = processes.map { process in
            FaultRecord.Achievement(
                name: "pause of " + (process.node.map { "node \($0)" } ?? "\(process.identity)"),
                requested: requested, during: Figure("pause", lasted, .nanoseconds), samples: 1,
                confirmed: statesDuring[process.identity] == "T")
        }
        let isConfirmed = achieved.allSatisfy(\.confirmed)
        return EffectProof(
            isConfirmed ? .confirmed : .unproven,
            isConfirmed
                ? "state T was read from /proc for \(DurationText(nanoseconds: lasted))"
                : "state T was not read to the end of the pause", achieved: achieved)
    }

    func revert() throws {
        var failure: (any Error)?
        for handle in handles {
            do {
                try handle.signal(SIGCONT)
            } catch  where error.reason == .vanished {
                // A process that ended while it was paused has nothing left to continue.
            } catch {
                failure = error
            }
        }
        if continuedAt == nil { continuedAt = context.now() }
        if let failure { throw failure }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        _ = await context.wait(atMost: .seconds(2)) { handles.allSatisfy { $0.state != "T" } }
        let comparisons = handles.map { handle in
            let state = handle.state
            return Comparison(
                what: "\(handle.identity) is not stopped", before: "not stopped",
                after: state.map { $0 == "T" ? "stopped" : "not stopped" } ?? "ended",
                isSame: state != "T")
        }
        let isClean = comparisons.allSatisfy(\.isSame)
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }

    /// Reads the states; true when all are stopped.
    private func readStates() -> Bool {
        for handle in handles { statesDuring[handle.identity] = handle.state }
        return handles.allSatisfy { statesDuring[$0.identity] == "T" }
    }
}
