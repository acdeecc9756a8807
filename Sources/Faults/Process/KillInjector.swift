import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Ends processes and lets the testbed start their nodes again.
actor KillInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let signal: KillSignal
    private let restartAfter: Duration?
    private let processes: [SelectedProcess]
    /// The cgroup that is killed as a whole; nil where each process has a signal of its own.
    private let group: ControlGroup?
    /// What starts a service of the host again; nil where nothing does.
    private var service: ServiceRestart?
    private let context: FaultContext

    private var handles: [ProcessHandle] = []
    private var sentAt: [ProcessIdentity: Int64] = [:]
    private var lifetimes: [ProcessIdentity: Int64] = [:]
    /// What the processes did with signals before.
    private var signalsBefore: [ProcessIdentity: SignalState] = [:]
    /// How large a core file they might leave before.
    private var dumpsBefore: [ProcessIdentity: ResourceLimit] = [:]
    /// What became of a signal that a process need not end by.
    private var deliveries: [ProcessIdentity: SignalDelivery] = [:]
    private var statusBefore: [String: ProbeSample.Result] = [:]
    private var restarted: Set<String> = []
    private var restartProblems: [String: String] = [:]

    init(
        identifier: String, signal: KillSignal, restartAfter: Duration?,
        processes: [SelectedProcess], group: ControlGroup? = nil,
        service: ServiceRestart? = nil, context: FaultContext
    ) {
        self.service = service
        self.identifier = identifier
        self.signal = signal
        self.restartAfter = restartAfter
        self.processes = processes
        self.group = group
        self.context = context
        var requested = [Figure("signal", Double(signal.number), .none, text: signal.name)]
        if let restartAfter {
            requested.append(
                Figure("restart after", Double(Nanoseconds(restartAfter).count), .nanoseconds))
        }
        aim = FaultAim(
            backend: group == nil ? "pidfd" : "cgroup.kill",
            backendNote: ProcessKill.note(
                backend: group == nil ? "pidfd" : "cgroup.kill", signal: signal),
            objects: processes.map { .process($0.identity, node: $0.node) }, requested: requested,
            longestHold: (restartAfter ?? .zero) + signal.patience
                + (service == nil ? .zero : .nanoseconds(ServiceStart.patience)))
    }

    func snapshot() async throws {
        handles = try processes.map { try ProcessHandle($0.identity) }
        for handle in handles {
            signalsBefore[handle.identity] = SignalState(of: handle.identity)
            guard signal != .KILL, handle.state == "T" else { continue }
            throw FaultError(
                attempted: "send \(signal.name)", object: "\(handle.identity)",
                reason: signal.number == SIGCONT
                    ? "somebody else has stopped it, and might find it continued"
                    : "somebody else has stopped it, and it would take the signal only later",
                remedy: "let it go on first")
        }
        guard let testbed = context.testbed, restartAfter != nil else { return }
        for node in processes.compactMap(\.node) {
            statusBefore[node] = await testbed.status(of: node).result
        }
    }

    func undoRecords() -> [UndoRecord] {
        let what = processes.map(name)
        if let service { return [undoRecord(of: service)] }
        let lifetime =
            restartAfter == nil
            ? "an ended process has nothing to take out"
            : "what the drill starts again ends with the drill"
        return [
            UndoRecord(
                identifier: identifier,
                summary: "\(signal.name) to \(what.joined(separator: ", "))",
                reversal: .kernel(
                    lifetime: lifetime,
                    witnesses: restartAfter == nil ? [.nothing] : .endOfThisProcess))
        ]
    }

    private func undoRecord(of service: ServiceRestart) -> UndoRecord {
        UndoRecord(
            identifier: identifier,
            summary: "\(signal.name) to \(processes.map(name).joined(separator: ", ")), started "
                + "again by " + service.command.joined(separator: " "),
            reversal: .restart(service))
    }

    func inject() throws {
        if let group {
            let now = MonotonicClock.now
            try group.kill()
            for handle in handles { sentAt[handle.identity] = now }
            return
        }
        for handle in handles {
            try keepFromDumping(handle)
            let now = MonotonicClock.now
            try handle.signal(signal.number)
            sentAt[handle.identity] = now
        }
    }

    /// Sees to it that a process which certainly ends leaves no core file: it could be as large as its
    /// memory, and no limit of the drill allows it.
    private func keepFromDumping(_ handle: ProcessHandle) throws {
        guard signal.dumpsCore, let before = signalsBefore[handle.identity], signal.ends(before)
        else { return }
        let limit = try handle.limit(of: .coreFile)
        // One byte, and no core is written nor piped to a program (core(5)); zero is for files alone.
        dumpsBefore[handle.identity] = try handle.setLimit(
            of: .coreFile, to: ResourceLimit(soft: min(1, limit.hard), hard: limit.hard))
    }

    /// Gives back what ``keepFromDumping(_:)`` took from processes that live all the same.
    private func letDump() {
        for handle in handles {
            guard let limit = dumpsBefore.removeValue(forKey: handle.identity) else { continue }
            // It fails for a process that has ended, which needs nothing back.
            _ = try? handle.setLimit(of: .coreFile, to: limit)
        }
    }

    func readBack() async throws {
        guard signal.mustEnd else { return await followSignals() }
        let patience = signal.patience
        await withTaskGroup(of: (ProcessIdentity, Int64)?.self) { group in
            for handle in handles {
                group.addTask {
                    guard await handle.waitForExit(atMost: patience) else { return nil }
                    return (handle.identity, MonotonicClock.now)
                }
            }
            for await end in group {
                guard let (identity, time) = end, let sent = sentAt[identity] else { continue }
                lifetimes[identity] = time - sent
            }
        }
        try Task.checkCancellation()
        let living = processes.filter { lifetimes[$0.identity] == nil }
        guard living.isEmpty else {
            throw FaultError(
                attempted: "end the process", object: "\(living[0].identity)",
                reason: "it lives \(DurationText(patience)) after \(signal.name)",
                remedy: "it may catch the signal: use KILL")
        }
    }

    private func followSignals() async {
        for handle in handles {
            deliveries[handle.identity] = await SignalDelivery.follow(
                signal, to: handle, sentAt: sentAt[handle.identity] ?? MonotonicClock.now,
                before: signalsBefore[handle.identity], context: context)
        }
    }

    func hold() async {
        guard let restartAfter else { return }
        // An abort ends the wait early; the node is started again all the same.
        try? await context.sleep(restartAfter)
    }

    func proof() -> EffectProof {
        guard signal.mustEnd else { return deliveryProof() }
        let achieved = processes.map { process in
            let time = lifetimes[process.identity]
            return achievement("end of \(name(of: process))", "signal to end", time, time != nil)
        }
        guard let slowest = lifetimes.values.max(), lifetimes.count == processes.count else {
            return EffectProof(.unproven, "the end of the process was not seen", achieved: achieved)
        }
        let time = DurationText(nanoseconds: Double(slowest))
        return EffectProof(
            .confirmed, "the process was gone \(time) after \(signal.name)", achieved: achieved)
    }

    private func deliveryProof() -> EffectProof {
        let seen = processes.map { (name(of: $0), deliveries[$0.identity] ?? .unseen) }
        let achieved = seen.map { name, delivery in
            let time: Int64? =
                switch delivery {
                case .ended(let time), .taken(let time): time
                case .waiting, .ignored, .unseen: nil
                }
            // The checks tell by this name whether the fault ended the process.
            let what = if case .ended = delivery { "signal to end" } else { "signal to effect" }
            return achievement("signal to \(name)", what, time, delivery.isDelivered)
        }
        let texts = seen.map { name, delivery in "\(name): \(delivery.text(signal))" }
        return EffectProof(
            achieved.allSatisfy(\.confirmed) ? .confirmed : .unproven,
            texts.joined(separator: "; "), achieved: achieved)
    }

    private func name(of process: SelectedProcess) -> String {
        process.node.map { "node \($0)" } ?? "\(process.identity)"
    }

    /// What the signal did to one process; `time` is in nanoseconds from the signal on.
    private func achievement(
        _ name: String, _ what: String, _ time: Int64?, _ isConfirmed: Bool
    ) -> FaultRecord.Achievement {
        FaultRecord.Achievement(
            name: name,
            requested: Figure("signal", Double(signal.number), .none, text: signal.name),
            during: time.map {
                Figure(
                    what, Double($0), .nanoseconds,
                    limit: Double(Nanoseconds(signal.patience).count))
            },
            samples: time == nil ? 0 : 1, confirmed: isConfirmed)
    }

    func revert() async throws {
        letDump()
        if let service {
            // Nothing was done to what has not been sent the signal.
            return sentAt.isEmpty ? () : try await start(service)
        }
        guard restartAfter != nil, let testbed = context.testbed else { return }
        let restart = NodeRestart(context: context, testbed: testbed)
        var failure: (any Error)?
        for process in processes {
            guard let node = process.node, !restarted.contains(node),
                await restart.isDown(node, since: process.identity)
            else { continue }
            do {
                try await testbed.restart(node: node)
                restarted.insert(node)
            } catch {
                restartProblems[node] = "\(error)"
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Starts the service, and waits until it runs; the wait cannot be cancelled, as no undo can.
    private func start(_ service: ServiceRestart) async throws {
        var start = try ServiceStart(service)
        await record(start.restart)
        while true {
            do {
                guard try start.outcome() == nil else { break }
            } catch {
                await record(start.restart)
                throw error
            }
            await record(start.restart)
            try await Task.sleep(for: .milliseconds(20))
        }
        await record(start.restart)
    }

    /// Has whoever undoes for a drill that dies wait for the process that it has started.
    private func record(_ restart: ServiceRestart) async {
        guard restart != service else { return }
        service = restart
        // The service has to come back whatever becomes of the record.
        try? await context.undo.update(undoRecord(of: restart))
    }

    func verify(isBrief: Bool) async -> UndoProof {
        if let service {
            let comparison = service.comparison
            return UndoProof(
                comparison.isSame ? .clean : .residual, by: .drill, comparisons: [comparison])
        }
        let waiting = await waitingSignals()
        guard restartAfter != nil, let testbed = context.testbed else {
            return UndoProof(
                waiting.isEmpty ? .clean : .residual, by: .nobody, comparisons: waiting)
        }
        let restart = NodeRestart(context: context, testbed: testbed)
        var comparisons = waiting
        var isClean = waiting.isEmpty
        for process in processes {
            guard let node = process.node else { continue }
            let look = await restart.look(
                at: node, ended: process.identity, before: statusBefore[node],
                problem: restartProblems[node], isBrief: isBrief)
            isClean = isClean && !look.isResidue
            comparisons += look.comparisons
        }
        return UndoProof(isClean ? .clean : .residual, by: .drill, comparisons: comparisons)
    }

    /// Signals that processes hold back: nobody can take them out again.
    private func waitingSignals() async -> [Comparison] {
        var waiting: [ProcessHandle] = []
        // One that was sent a moment ago is taken when the process next runs.
        _ = await context.wait(atMost: .seconds(1)) {
            waiting = handles.filter { handle in
                guard sentAt[handle.identity] != nil,
                    signalsBefore[handle.identity]?.pending.contains(signal.number) != true,
                    let state = SignalState(of: handle.identity)
                else { return false }
                return state.pending.contains(signal.number)
            }
            return waiting.isEmpty
        }
        return waiting.map { handle in
            Comparison(
                what: "\(signal.name) that waits for \(handle.identity)", before: "none",
                after: "still there, and nobody can take it back", isSame: false)
        }
    }
}
