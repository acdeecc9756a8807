import Kernel
import Playbooks
import Records
import Undo

/// Imposes a limit on running processes and gives them back the one from before.
actor LimitInjector: Injector {
    /// How often it is looked at what the process has.
    private static let period = Duration.milliseconds(50)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let goal: LimitGoal
    private let duration: Duration
    private let processes: [SelectedProcess]
    /// Where clients of each node come in.
    private let ports: [String: Int]
    private let context: FaultContext
    private var limited: [LimitedProcess] = []

    init(
        identifier: String, goal: LimitGoal, duration: Duration, processes: [SelectedProcess],
        ports: [String: Int], context: FaultContext
    ) {
        self.ports = ports
        self.identifier = identifier
        self.goal = goal
        self.duration = duration
        self.processes = processes
        self.context = context
        aim = FaultAim(
            backend: "prlimit", backendNote: ProcessLimit.note,
            objects: processes.map { .process($0.identity, node: $0.node) },
            requested: [
                goal.requested,
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    func snapshot() throws {
        limited = try processes.map { process in
            try LimitedProcess(
                process, port: process.node.flatMap { ports[$0] }, goal: goal)
        }
    }

    func undoRecords() -> [UndoRecord] {
        limited.enumerated().map { number, limited in
            UndoRecord(
                identifier: number == 0 ? identifier : "\(identifier)/\(number)",
                summary: "limit of \(goal.resource.rawValue) of \(limited.process.identity)",
                reversal: limited.reversal(goal.resource))
        }
    }

    func inject() throws {
        for index in limited.indices { try limited[index].impose(goal.resource) }
    }

    func readBack() throws {
        for limited in limited {
            let now = try limited.handle.limit(of: goal.resource)
            guard now == limited.imposed else {
                throw FaultError(
                    attempted: "limit the process", object: "\(limited.process.identity)",
                    reason: "its limit is \(now) after it was set to \(limited.imposed)")
            }
        }
    }

    func hold() async {
        await context.watch(for: duration, every: Self.period) {
            for index in limited.indices { limited[index].observe(goal) }
        }
    }

    func proof() -> EffectProof {
        let achieved = limited.map { limited in
            FaultRecord.Achievement(
                name: goal.requested.name + " of "
                    + (limited.process.node.map { "node \($0)" } ?? "\(limited.process.identity)"),
                requested: goal.requested,
                during: limited.extreme.map {
                    Figure(goal.requested.name, $0, goal.requested.unit)
                },
                samples: limited.samples, confirmed: limited.isConfirmed(goal))
        }
        guard let first = limited.first, limited.allSatisfy({ $0.isConfirmed(goal) }) else {
            let worst = limited.first { !$0.isConfirmed(goal) }
            let share = SampleShare(met: worst?.met ?? 0, samples: worst?.samples ?? 0)
            return EffectProof(
                .unproven, "the process was at its limit only \(share.text)",
                achieved: achieved)
        }
        return EffectProof(.confirmed, sentence(on: first), achieved: achieved)
    }

    private func sentence(on process: LimitedProcess) -> String {
        let share = "in \(process.met) of \(process.samples) samples"
        guard case .descriptorsLeft(let count) = goal else {
            return "no file grew beyond the limit, and one had reached it, \(share)"
        }
        let left = "no more than \(count) descriptors were left to it \(share)"
        return process.trial == nil
            ? left : left + "; a connection waited for one in \(process.failed) of them"
    }

    func revert() throws {
        var failure: (any Error)?
        for limited in limited {
            limited.trial?.end()
            let outcome = ReversalPerformer().perform(limited.reversal(goal.resource))
            if let reason = outcome.failure {
                failure = FaultError(
                    attempted: "give the limit back", object: "\(limited.process.identity)",
                    reason: reason)
            }
        }
        if let failure { throw failure }
    }

    func verify(isBrief: Bool) -> UndoProof {
        // Idempotent, and read back from the kernel: a second time it changes nothing.
        let outcomes = limited.map { ReversalPerformer().perform($0.reversal(goal.resource)) }
        let failures = outcomes.compactMap(\.failure).map {
            Comparison(what: "limits", before: "as before", after: $0, isSame: false)
        }
        return UndoProof(
            outcomes.allSatisfy(\.isClean) ? .clean : .residual, by: .drill,
            comparisons: outcomes.flatMap(\.comparisons) + failures)
    }
}
