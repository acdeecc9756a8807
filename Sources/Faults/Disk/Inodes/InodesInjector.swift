import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Fills file systems with empty files and keeps them as full as was asked.
actor InodesInjector: Injector {
    /// One file system to fill.
    struct Place: Sendable, Equatable {
        var mountPoint: String
        var node: String
        /// What the files take of the disk at most.
        var bytes: ByteCount
    }

    private struct Filling {
        var ballast: InodeBallast?
        var files = 0
        var before: Int64 = 0
        var least = Int64.max
        var samples = 0
        var met = 0
        /// In how many samples a new file was refused.
        var refused = 0
        var after: Int64?

        var share: SampleShare { SampleShare(met: met, samples: samples) }
    }

    /// How often it is looked at, and inodes are taken that the target has given back.
    private static let period = Duration.milliseconds(50)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let leave: Int64
    private let duration: Duration
    private let places: [Place]
    private let context: FaultContext
    private var fillings: [Filling]

    init(
        identifier: String, leave: Int64, duration: Duration, places: [Place],
        context: FaultContext
    ) {
        self.identifier = identifier
        self.leave = leave
        self.duration = duration
        self.places = places
        self.context = context
        fillings = places.map { _ in Filling() }
        aim = FaultAim(
            backend: "files", backendNote: DiskInodes.note,
            objects: places.map {
                .fileSystem(mountPoint: $0.mountPoint, bytes: $0.bytes, node: $0.node)
            },
            requested: [
                Figure("inodes left", Double(leave), .count),
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    func snapshot() throws {
        for index in places.indices { fillings[index].before = try free(index) }
    }

    func undoRecords() -> [UndoRecord] {
        // To remove some thousand files first would only keep the guardian from the rest.
        [
            UndoRecord(
                identifier: identifier,
                summary: places.indices.map { "files in \(path($0))" }.joined(separator: "; "),
                reversal: .kernel(
                    lifetime: "the node's file system goes with the testbed",
                    witnesses: .endOfOwnMounts))
        ]
    }

    func inject() throws {
        for index in places.indices {
            fillings[index].ballast = try InodeBallast(at: path(index))
            try fill(index)
        }
    }

    func readBack() throws {
        for index in places.indices {
            let free = try free(index)
            guard free <= leave else {
                throw FaultError(
                    attempted: "leave \(leave) inodes", object: places[index].mountPoint,
                    reason: "\(free) are still free",
                    remedy: "its space may have run out first")
            }
        }
    }

    func hold() async {
        await context.watch(for: duration, every: Self.period) {
            for index in places.indices { observe(index) }
        }
    }

    func proof() -> EffectProof {
        let requested = Figure("inodes left", Double(leave), .count)
        let achieved = places.indices.map { index in
            let filling = fillings[index]
            func figure(_ value: Int64) -> Figure { Figure("inodes left", Double(value), .count) }
            return FaultRecord.Achievement(
                name: "inodes of node \(places[index].node)", requested: requested,
                before: figure(filling.before),
                during: filling.samples > 0 ? figure(filling.least) : nil,
                after: filling.after.map(figure), samples: filling.samples,
                confirmed: isConfirmed(filling))
        }
        guard let first = fillings.first, first.samples > 0 else {
            return EffectProof(.unproven, "the inodes were never counted", achieved: achieved)
        }
        let worst = fillings.first { !isConfirmed($0) } ?? first
        let refusals = leave == 0 ? ", and a new file was refused in \(worst.refused)" : ""
        let sentence = "no more than asked were free \(worst.share.text)\(refusals)"
        if worst.share.isNearlyAll, worst.files == 0 {
            return EffectProof(
                .unproven, sentence + "; it was so before, and the fault took none",
                achieved: achieved)
        }
        return EffectProof(
            isConfirmed(worst) ? .confirmed : .mismatch, sentence, achieved: achieved)
    }

    func revert() throws {
        var failure: (any Error)?
        for index in places.indices {
            do {
                try fillings[index].ballast?.remove()
                // Held open, the removed directory would keep its own inode.
                fillings[index].ballast = nil
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons: [Comparison] = []
        for index in places.indices {
            let isThere = FileStatus.of(path(index)) != nil
            fillings[index].after = try? free(index)
            comparisons.append(
                Comparison(
                    what: "directory \(path(index))", before: "absent",
                    after: isThere ? "still there" : "absent", isSame: !isThere))
        }
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .residual, by: .drill,
            comparisons: comparisons)
    }

    private func isConfirmed(_ filling: Filling) -> Bool {
        filling.share.isNearlyAll && filling.files > 0 && (leave > 0 || filling.refused > 0)
    }

    private func path(_ index: Int) -> String {
        "\(places[index].mountPoint)/.firedrill-\(identifier)"
    }

    private func free(_ index: Int) throws -> Int64 {
        try FileSystem.statistics(at: places[index].mountPoint).freeInodes
    }

    private func fill(_ index: Int) throws {
        guard let ballast = fillings[index].ballast else { return }
        let count = Int(try free(index) - leave)
        fillings[index].files += try ballast.grow(by: count, from: fillings[index].files)
    }

    private func observe(_ index: Int) {
        // A count that fails is one sample fewer; none at all makes the fault unproven.
        guard let free = try? free(index) else { return }
        fillings[index].samples += 1
        fillings[index].least = min(fillings[index].least, free)
        if free > leave { try? fill(index) } else { fillings[index].met += 1 }
        do {
            _ = try Descriptor.openUnnamed(in: places[index].mountPoint)
        } catch {
            if error.number == ENOSPC { fillings[index].refused += 1 }
        }
    }
}
