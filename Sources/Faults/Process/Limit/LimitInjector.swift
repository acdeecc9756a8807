import Kernel
import Playbooks
import Records
import Undo

/// Imposes a limit on running processes and gives them back the one from before.
actor LimitInjector: Injector {
    private struct Limited {
        var process: SelectedProcess
        var handle: ProcessHandle
        var prior: ResourceLimit
        var imposed: ResourceLimit
        /// The largest file at the beginning; files that are larger already stay as they are.
        var largestBefore: UInt64
        var samples = 0
        /// In how many samples the limit stood and was reached.
        var met = 0
        /// The fewest descriptors left, or the largest file that was seen.
        var extreme: Double?
    }

    /// How often it is looked at what the process has.
    private static let period = Duration.milliseconds(50)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let goal: LimitGoal
    private let duration: Duration
    private let processes: [SelectedProcess]
    private let context: FaultContext
    private var limited: [Limited] = []

    init(
        identifier: String, goal: LimitGoal, duration: Duration, processes: [SelectedProcess],
        context: FaultContext
    ) {
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
            let handle = try ProcessHandle(process.identity)
            let prior = try handle.limit(of: goal.resource)
            guard let open = ProcessTable.descriptors(of: process.identity.pid) else {
                throw FaultError(
                    attempted: "limit the process", object: "\(process.identity)",
                    reason: "its descriptors cannot be seen",
                    remedy: "run as root, or as the process's user")
            }
            let imposed = ResourceLimit(
                soft: goal.softLimit(open: open, prior: prior.soft), hard: prior.hard)
            return Limited(
                process: process, handle: handle, prior: prior, imposed: imposed,
                largestBefore: ProcessTable.largestOpenFile(of: process.identity.pid) ?? 0)
        }
    }

    func undoRecords() -> [UndoRecord] {
        let patience = Nanoseconds(duration).count + 30_000_000_000
        return limited.enumerated().map { number, limited in
            UndoRecord(
                identifier: number == 0 ? identifier : "\(identifier)/\(number)",
                summary: "limit of \(goal.resource.rawValue) of \(limited.process.identity)",
                reversal: .restoreLimit(
                    limited.process.identity, goal.resource, prior: limited.prior,
                    imposed: limited.imposed),
                deadline: BootClock.now + patience)
        }
    }

    func inject() throws {
        for limited in limited {
            _ = try limited.handle.setLimit(of: goal.resource, to: limited.imposed)
        }
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
            for index in limited.indices { observe(index) }
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
                samples: limited.samples, confirmed: limited.met > 0)
        }
        guard let first = limited.first, limited.allSatisfy({ $0.met > 0 }) else {
            return EffectProof(
                .unproven, "the process did not come to its limit while it was looked at",
                achieved: achieved)
        }
        let what =
            goal.resource == .descriptors
            ? "no more than \(Int(first.extreme ?? 0)) descriptors were left to it"
            : "no file grew beyond the limit, and one had reached it"
        return EffectProof(
            .confirmed, "\(what), in \(first.met) of \(first.samples) samples",
            achieved: achieved)
    }

    func revert() throws {
        var failure: (any Error)?
        for limited in limited {
            let outcome = ReversalPerformer().perform(reversal(of: limited))
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
        let outcomes = limited.map { ReversalPerformer().perform(reversal(of: $0)) }
        let failures = outcomes.compactMap(\.failure).map {
            Comparison(what: "limits", before: "as before", after: $0, isSame: false)
        }
        return UndoProof(
            outcomes.allSatisfy(\.isClean) ? .clean : .residual, by: .drill,
            comparisons: outcomes.flatMap(\.comparisons) + failures)
    }

    private func reversal(of limited: Limited) -> Reversal {
        .restoreLimit(
            limited.process.identity, goal.resource, prior: limited.prior,
            imposed: limited.imposed)
    }

    /// Looks at what the process has; a look that fails is one sample fewer.
    private func observe(_ index: Int) {
        let limit = limited[index].imposed
        let pid = limited[index].process.identity.pid
        switch goal {
        case .descriptorsLeft(let count):
            guard let open = ProcessTable.descriptors(of: pid),
                (try? limited[index].handle.limit(of: goal.resource)) == limit
            else { return }
            let free = LimitGoal.free(open: open, limit: limit.soft)
            limited[index].extreme = min(limited[index].extreme ?? .infinity, Double(free))
            if free <= count { limited[index].met += 1 }
        case .fileSize:
            guard let largest = ProcessTable.largestOpenFile(of: pid),
                (try? limited[index].handle.limit(of: goal.resource)) == limit
            else { return }
            limited[index].extreme = max(limited[index].extreme ?? 0, Double(largest))
            let isReached = largest >= limit.soft
            let bound = max(limit.soft, limited[index].largestBefore)
            if isReached, largest <= bound { limited[index].met += 1 }
        }
        limited[index].samples += 1
    }
}
