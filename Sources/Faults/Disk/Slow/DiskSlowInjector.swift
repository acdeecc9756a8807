import Kernel
import Playbooks
import Records
import Undo

/// Makes nodes' disks slow, and writes to them before, meanwhile and afterwards.
actor DiskSlowInjector: Injector {
    /// How often it is looked whether the node is still in its group.
    private static let period = Duration.milliseconds(100)
    /// How long a trial may take: the node has its share as well.
    private static let patience = Duration.seconds(15)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let limit: ThrottleGroup.Limit
    private let duration: Duration
    private let disks: [any SlowDisk]
    private let context: FaultContext
    private let size: TrialSize

    private var before: [String: Duration] = [:]
    private var during: [String: Duration] = [:]
    private var after: [String: Duration] = [:]
    private var problems: [String: String] = [:]
    private var samples = 0
    private var found: [String: Int] = [:]
    private var isTouched = false

    init(
        identifier: String, limit: ThrottleGroup.Limit, duration: Duration, aim: FaultAim,
        disks: [any SlowDisk], context: FaultContext
    ) {
        self.identifier = identifier
        self.limit = limit
        self.duration = duration
        var aim = aim
        aim.longestHold = duration + Self.patience * disks.count
        self.aim = aim
        self.disks = disks
        self.context = context
        size = TrialSize(limit)
    }

    func snapshot() async throws {
        for disk in disks {
            try disk.prepare()
            before[disk.node] = try await disk.trial(size, within: Self.patience)
        }
    }

    func undoRecords() -> [UndoRecord] {
        disks.enumerated().map { index, disk in
            UndoRecord(
                identifier: index == 0 ? identifier : "\(identifier)/\(index)",
                summary: "the control group that makes the disk of node \(disk.node) slow",
                // The node's process goes with the drill, and leaves it empty.
                reversal: .removeDirectory(path: disk.path, device: 0, inode: 0))
        }
    }

    func inject() throws {
        isTouched = true
        for disk in disks { try disk.slow(limit) }
    }

    func readBack() throws {
        for disk in disks {
            let read = try disk.limit()
            guard read == limit else {
                throw FaultError(
                    attempted: "make the disk slow", object: "node \(disk.node)",
                    reason: read.map { "the kernel holds \($0) instead" }
                        ?? "its process is not in the group")
            }
        }
    }

    func hold() async {
        let end = context.now() + Nanoseconds(duration)
        for disk in disks {
            do {
                // A write that waits for the disk ends by no signal, and keeps others' waiting that
                // have to do with the same file system.
                during[disk.node] = try await withTaskCancellationHandler {
                    try await disk.trial(size, within: Self.patience)
                } onCancel: {
                    for disk in disks { disk.lift() }
                }
            } catch {
                problems[disk.node] = "\(error)"
            }
        }
        let left = (end - context.now()).duration
        await context.watch(for: max(.zero, left), every: Self.period) {
            samples += 1
            for disk in disks where (try? disk.limit()) == limit {
                found[disk.node, default: 0] += 1
            }
        }
    }

    func proof() -> EffectProof {
        let shortest = size.shortest(under: limit)
        let achieved = disks.map { disk in
            let time = during[disk.node]
            let isKept = samples > 0 && found[disk.node] == samples
            return FaultRecord.Achievement(
                name:
                    "\(size.count) writes of \(size.bytes) bytes to the disk of node \(disk.node)",
                requested: Figure("at least", Double(shortest.nanoseconds), .nanoseconds),
                before: before[disk.node].map(Self.figure), during: time.map(Self.figure),
                after: after[disk.node].map(Self.figure), samples: samples,
                confirmed: isKept && time.map { $0 >= shortest } ?? false)
        }
        guard disks.allSatisfy({ during[$0.node] != nil }), samples > 0 else {
            let reason = problems.values.sorted().first.map { ": \($0)" } ?? ""
            return EffectProof(.unproven, "no trial came to its end\(reason)", achieved: achieved)
        }
        guard achieved.allSatisfy(\.confirmed) else {
            return EffectProof(
                .mismatch,
                "a trial was faster than the limit allows, or the node left its group: in "
                    + "\(disks.map { found[$0.node] ?? 0 }.min() ?? 0) of \(samples) looks it was in it",
                achieved: achieved)
        }
        // A disk that is as slow by itself shows nothing of the fault.
        guard disks.allSatisfy({ (before[$0.node] ?? .zero) < shortest }) else {
            return EffectProof(
                .unproven, "the disk was as slow as that before", achieved: achieved)
        }
        return EffectProof(
            .confirmed,
            "what took less before took at least \(DurationText(shortest)) in the group",
            achieved: achieved)
    }

    func revert() async throws {
        guard isTouched else { return }
        var failure: (any Error)?
        for disk in disks { disk.lift() }
        for disk in disks {
            var last: (any Error)?
            // A process that has ended leaves its group a moment later.
            let isGone = await context.wait(atMost: .seconds(2)) {
                do {
                    return try disk.release()
                } catch {
                    last = error
                    return false
                }
            }
            // What stays for another reason is told when it is verified.
            if !isGone, let last { failure = last }
        }
        if let failure { throw failure }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        guard isTouched else { return UndoProof(.clean, by: .drill, comparisons: []) }
        let comparisons = disks.flatMap { $0.comparisons() }
        if !isBrief {
            for disk in disks {
                after[disk.node] = try? await disk.trial(size, within: Self.patience)
            }
        }
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .residual, by: .drill,
            comparisons: comparisons)
    }

    private static func figure(_ time: Duration) -> Figure {
        Figure("time", Double(time.nanoseconds), .nanoseconds)
    }
}
