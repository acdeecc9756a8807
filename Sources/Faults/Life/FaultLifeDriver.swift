import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Performs what ``FaultLifeMachine`` orders, and fills the record.
actor FaultLifeDriver {
    private let fault: any Fault
    private let context: FaultContext
    private var machine = FaultLifeMachine()
    private var record: FaultRecord
    private var injector: (any Injector)?
    private var undoRecords: [UndoRecord] = []
    private var isProven = false

    init(_ fault: any Fault, context: FaultContext) {
        self.fault = fault
        self.context = context
        record = FaultRecord(
            identifier: fault.identifier, kind: fault.step.kind, name: fault.step.name)
    }

    func run() async -> FaultRecord {
        while machine.action != .end {
            var outcome = FaultLifeMachine.Outcome.done
            do {
                try await perform(machine.action)
            } catch {
                note(error)
                outcome = .failed
            }
            machine.advance(outcome, isCancelled: Task.isCancelled)
        }
        context.limitsUsed.release(fault: fault.identifier)
        // What is not out stays locked: the next writer would take it for the prior state.
        if !machine.isTouched || record.undo == .clean {
            context.locks?.release(fault: fault.identifier)
        }
        if !machine.isTouched { record.undo = .clean }
        return record
    }

    private func perform(_ action: FaultLifeMachine.Action) async throws {
        switch action {
        case .resolve: try await resolve()
        case .allow: try allow()
        case .snapshot: try await injector?.snapshot()
        case .record: try await pushRecords()
        case .inject: try await inject()
        case .readBack: try await injector?.readBack()
        case .hold: await injector?.hold()
        case .prove: await prove()
        case .revert: try await revert()
        case .verify: try await verify()
        case .closeRecord: try await closeRecords()
        case .end: break
        }
    }

    private func resolve() async throws {
        let injector = try await fault.resolve(in: context)
        self.injector = injector
        let aim = injector.aim
        record.backend = aim.backend
        record.backendNote = aim.backendNote
        record.objects = aim.objects.map(\.description)
        record.requested = aim.requested
        report(.faultResolved, "aimed at " + record.objects.joined(separator: "; "))
    }

    private func allow() throws {
        guard let injector else { return }
        let radius = BlastRadius.ofThisProcess(
            pid: getpid(), limits: context.limits, policy: context.policy,
            others: context.protected)
        try radius.check(injector.aim.objects)
        try context.limitsUsed.reserve(
            injector.aim.objects, fault: fault.identifier, limits: context.limits,
            policy: context.policy)
        for resource in Set(injector.aim.objects.compactMap(\.resource)).sorted() {
            try context.locks?.take(
                resource, for: fault.identifier,
                because: AimedObject.reason(toShareNot: resource))
        }
    }

    private func pushRecords() async throws {
        guard let injector else { return }
        undoRecords = await injector.undoRecords()
        let deadline = BootClock.now + (hold + Self.injection + Self.margin).nanoseconds
        for index in undoRecords.indices where undoRecords[index].deadline == nil {
            undoRecords[index].deadline = deadline
        }
        for undoRecord in undoRecords {
            let receipt = try await shielded { [undo = context.undo] in
                try await undo.push(undoRecord)
            }
            let offset = context.now().nanoseconds - MonotonicClock.now
            record.recordedAt = DrillTime(nanoseconds: receipt.recordedAt + offset)
            record.acknowledgedAt = DrillTime(nanoseconds: receipt.acknowledgedAt + offset)
        }
        let summaries = undoRecords.map(\.summary).joined(separator: "; ")
        report(.faultRecorded, "undo on record: \(summaries)", at: record.recordedAt)
        report(.faultAcknowledged, "the guardian knows it too", at: record.acknowledgedAt)
    }

    /// How long it may take to put a fault in, before others may take it for forgotten.
    private static let injection = Duration.seconds(300)
    /// The same of the proofs before and after the hold, and of what takes the fault out.
    private static let margin = Duration.seconds(60)

    /// How long the fault stays in at most; a year for any longer time.
    private var hold: Duration {
        let bounds = [context.limits.duration, context.policy.duration].compactMap(\.self)
        let longest =
            injector?.aim.longestHold ?? fault.step.duration ?? bounds.min() ?? .seconds(3600)
        return min(longest, .seconds(366 * 86_400))
    }

    private func inject() async throws {
        guard let injector else { return }
        try await shielded { try await injector.inject() }
        record.injectedAt = context.now()
        try await postpone()
        report(.faultInjected, "in by \(record.backend)")
    }

    /// Has others take the fault for forgotten by the time that has gone since it was in.
    ///
    /// What a drill that hangs has put in must not stay: the guardian then ends the drill.
    private func postpone() async throws {
        let deadline = BootClock.now + (hold + Self.margin).nanoseconds
        for undoRecord in undoRecords {
            try await shielded { [undo = context.undo] in
                try await undo.postpone(undoRecord.identifier, until: deadline)
            }
        }
    }

    private func prove() async {
        guard let injector else { return }
        let proof = await injector.proof()
        take(proof)
        isProven = true
        report(.faultProven, Event.message(proof.injection, because: proof.sentence))
    }

    private func revert() async throws {
        guard let injector else { return }
        record.revertingAt = context.now()
        report(.faultReverting, "taking it out")
        try await shielded { try await injector.revert() }
        record.revertedAt = context.now()
        report(.faultReverted, "taken out")
    }

    private func verify() async throws {
        guard let injector else { return }
        let isBrief = Task.isCancelled
        let undo = try await shielded { await injector.verify(isBrief: isBrief) }
        record.undo = undo.undo
        record.undoneBy = undo.undoneBy
        record.comparisons = undo.comparisons
        record.verifiedAt = context.now()
        // A life cut short keeps the reason that ended it.
        if isProven { take(await injector.proof()) }
        report(.faultVerified, Event.message(undo.undo, by: undo.undoneBy))
        guard undo.undo == .clean else {
            let left = undo.comparisons.filter { !$0.isSame }
                .map { "\($0.what) is \($0.after) and was \($0.before)" }
            throw FaultError(
                attempted: "verify that the fault is out", object: fault.identifier,
                reason: left.joined(separator: "; "), remedy: "run firedrill revert")
        }
    }

    private func closeRecords() async throws {
        for undoRecord in undoRecords.reversed() {
            try await shielded { [undo = context.undo] in
                try await undo.close(undoRecord.identifier)
            }
        }
    }

    private func take(_ proof: EffectProof) {
        record.injection = proof.injection
        record.proof = proof.sentence
        record.achieved = proof.achieved
        for object in proof.hit.map(\.description) where !record.objects.contains(object) {
            record.objects.append(object)
        }
    }

    private func note(_ error: any Error) {
        // Its own words are for programmers.
        let text =
            error is CancellationError ? "the drill was ended before it could be seen" : "\(error)"
        switch machine.action {
        case .readBack:
            record.injection = error is CancellationError ? .unproven : .mismatch
            record.proof = text
        case .resolve, .allow, .snapshot, .record, .inject:
            record.proof = text
        case .hold, .prove, .revert, .verify, .closeRecord, .end:
            break
        }
        guard !(error is CancellationError) else { return }
        report(.error, "\(error)")
    }

    private func report(_ kind: Event.Kind, _ message: String, at time: DrillTime? = nil) {
        context.report(
            Event(
                time: time ?? context.now(), kind: kind, subject: fault.identifier,
                message: "\(fault.step.name): \(message)"))
    }

    /// Runs work that a cancellation of the surrounding task must not cut in half.
    private func shielded<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // An unstructured task does not inherit cancellation; awaiting it keeps the order.
        try await Task { try await work() }.value
    }
}
