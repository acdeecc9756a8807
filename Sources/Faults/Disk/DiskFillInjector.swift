import Kernel
import Playbooks
import Records
import Undo

/// Fills file systems with ballast and keeps them as full as was asked.
actor DiskFillInjector: Injector {
    /// One file system to fill.
    struct Place: Sendable, Equatable {
        var mountPoint: String
        var node: String?
    }

    private struct Filling {
        var ballast: (any DiskBallast)?
        var held: Int64 = 0
        var before = DiskSpace(total: 0, available: 0, block: 0)
        /// The least and most that was available while the fault was in.
        var least = Int64.max
        var most = Int64.min
        var samples = 0
        /// In how many samples the goal was met.
        var met = 0
        var last: DiskSpace?
        var after: DiskSpace?
        /// What tells the ballast from all other files.
        var file: FileStatus?

        var share: SampleShare { SampleShare(met: met, samples: samples) }
        /// A disk that was as full before shows nothing of a fault.
        var isConfirmed: Bool { share.isNearlyAll && held > 0 }
    }

    /// How often the space is looked at, and taken again when the target frees some.
    private static let period = Duration.milliseconds(50)

    nonisolated let aim: FaultAim
    private let identifier: String
    private let goal: FillGoal
    private let duration: Duration
    private let places: [Place]
    private let disk: any FillableDisk
    private let context: FaultContext
    private var fillings: [Filling]

    init(
        identifier: String, goal: FillGoal, duration: Duration, places: [Place],
        sizes: [ByteCount], disk: any FillableDisk, context: FaultContext
    ) {
        self.identifier = identifier
        self.goal = goal
        self.duration = duration
        self.places = places
        self.disk = disk
        self.context = context
        fillings = places.map { _ in Filling() }
        aim = FaultAim(
            backend: "tmpfile",
            backendNote: "an unlinked O_TMPFILE with fallocate: no name, gone with the drill",
            objects: zip(places, sizes).map {
                .fileSystem(mountPoint: $0.mountPoint, bytes: $1, node: $0.node)
            },
            requested: [
                goal.requested,
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    func snapshot() throws {
        for index in places.indices {
            fillings[index].before = try disk.space(at: places[index].mountPoint)
        }
    }

    func undoRecords() -> [UndoRecord] { [record(witnesses: .endOfThisProcess)] }

    private func record(witnesses: [KernelWitness]) -> UndoRecord {
        UndoRecord(
            identifier: identifier,
            summary: "ballast in " + places.map(\.mountPoint).joined(separator: ", "),
            reversal: .kernel(
                lifetime: "an unlinked file is freed when its descriptor closes",
                witnesses: witnesses))
    }

    func inject() async throws {
        for index in places.indices {
            fillings[index].ballast = try disk.makeBallast(in: places[index].mountPoint)
        }
        // By then they exist, and take no space yet.
        for index in places.indices { fillings[index].file = fillings[index].ballast?.status }
        let files = fillings.compactMap(\.file)
        try await context.undo.update(
            record(witnesses: files.map { .file(device: $0.device, inode: $0.inode) }))
        for index in places.indices { try fill(index) }
    }

    func readBack() throws {
        for index in places.indices {
            let space = try disk.space(at: places[index].mountPoint)
            guard goal.isMet(held: fillings[index].held, space: space) else {
                throw FaultError(
                    attempted: goal.description, object: places[index].mountPoint,
                    reason: "\(space.available) bytes are still available with a ballast of "
                        + "\(fillings[index].held)",
                    remedy: "raise limits.disk when it bounds the ballast")
            }
        }
    }

    func hold() async {
        await context.watch(for: duration, every: Self.period) {
            for index in places.indices { observe(index) }
        }
    }

    func proof() -> EffectProof {
        let achieved = places.indices.map { index in
            let filling = fillings[index]
            return FaultRecord.Achievement(
                name:
                    "space in \(places[index].node.map { "node \($0)" } ?? places[index].mountPoint)",
                requested: goal.requested,
                before: goal.achieved(held: 0, space: filling.before),
                during: filling.last.map { goal.achieved(held: filling.held, space: $0) },
                after: filling.after.map { goal.achieved(held: 0, space: $0) },
                samples: filling.samples, confirmed: filling.isConfirmed)
        }
        guard let first = fillings.first, first.samples > 0 else {
            return EffectProof(.unproven, "the space was never measured", achieved: achieved)
        }
        let worst = fillings.first { !$0.isConfirmed } ?? first
        let seen =
            worst.least == worst.most ? "\(worst.least)" : "\(worst.least) to \(worst.most)"
        let sentence = "statvfs saw \(seen) bytes available, as asked \(worst.share.text)"
        if worst.share.isNearlyAll, worst.held == 0 {
            return EffectProof(
                .unproven, sentence + "; it was so before, and the fault took nothing",
                achieved: achieved)
        }
        return EffectProof(
            worst.isConfirmed ? .confirmed : .mismatch, sentence, achieved: achieved)
    }

    func revert() {
        for index in places.indices {
            fillings[index].ballast?.release()
            fillings[index].ballast = nil
        }
    }

    func verify(isBrief: Bool) async -> UndoProof {
        var comparisons: [Comparison] = []
        for index in places.indices {
            comparisons.append(await compare(index))
            if let ballast = await compareBallast(index) { comparisons.append(ballast) }
        }
        let isBack = comparisons.allSatisfy(\.isSame)
        // What cannot be read is neither out nor left behind.
        let isRead = fillings.allSatisfy { $0.after != nil }
        return UndoProof(
            isBack ? .clean : isRead ? .residual : .unknown, by: isRead ? .drill : .nobody,
            comparisons: comparisons)
    }

    /// Looks at the space, and takes what has become free.
    private func observe(_ index: Int) {
        // A measurement that fails is one sample fewer; none at all makes the fault unproven.
        guard let space = try? disk.space(at: places[index].mountPoint) else { return }
        fillings[index].samples += 1
        fillings[index].least = min(fillings[index].least, space.available)
        fillings[index].most = max(fillings[index].most, space.available)
        fillings[index].last = space
        if goal.isMet(held: fillings[index].held, space: space) {
            fillings[index].met += 1
        } else {
            try? fill(index)
        }
    }

    private func fill(_ index: Int) throws {
        guard let ballast = fillings[index].ballast else { return }
        // What the target frees or takes meanwhile is caught up with in a few more rounds.
        for _ in 0..<4 {
            let space = try disk.space(at: places[index].mountPoint)
            let held = fillings[index].held
            let wanted = allowed(goal.ballast(held: held, space: space), index)
            guard wanted > held else { return }
            fillings[index].held = try ballast.grow(to: wanted)
            guard fillings[index].held > held else { return }
        }
    }

    /// What of so many bytes this place may have, beside all other faults.
    private func allowed(_ bytes: Int64, _ index: Int) -> Int64 {
        let others = fillings.indices.filter { $0 != index }.reduce(0) { $0 + fillings[$1].held }
        let sum = context.limitsUsed.growth(
            of: identifier, to: others + bytes, limits: context.limits, policy: context.policy)
        return max(0, min(bytes, sum - others))
    }

    private func compare(_ index: Int) async -> Comparison {
        let before = fillings[index].before
        let held = fillings[index].held
        var after: DiskSpace?
        // The kernel frees a large file in the background on some file systems (xfs, btrfs).
        let isBack = await context.wait(atMost: .seconds(5)) {
            after = try? disk.space(at: places[index].mountPoint)
            // The target may have used what it was given back: what counts is the ballast.
            return after.map { $0.available + held / 2 >= min(before.available, held) } ?? false
        }
        fillings[index].after = after
        return Comparison(
            what: "bytes available in \(places[index].mountPoint), within half the ballast of "
                + "\(held) for what the target wrote",
            before: "\(before.available)", after: after.map { "\($0.available)" } ?? "unknown",
            isSame: isBack)
    }

    /// Whether the ballast's file is gone; nil where it could not be told from others.
    ///
    /// Whoever else holds its descriptor, such as a child that was forked meanwhile, keeps the space.
    private func compareBallast(_ index: Int) async -> Comparison? {
        guard let file = fillings[index].file else { return nil }
        let witness = KernelWitness.file(device: file.device, inode: file.inode)
        var comparison: Comparison?
        _ = await context.wait(atMost: .seconds(1), every: .milliseconds(50)) {
            comparison = try? witness.comparison()
            return comparison?.isSame == true
        }
        return comparison
    }
}
