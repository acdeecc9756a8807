import Kernel
import Playbooks
import Records
import Undo

/// Bounds the rate of packets in the kernel, fills their path, and measures how fast it is.
actor RateInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    /// `clients to a`, `eth1, egress`.
    private let path: String
    private let rate: NetemRate
    private let duration: Duration
    private let life: QueueingLife
    private let needsAimedPackets: Bool
    private let openTraffic: @Sendable () throws -> any RateTraffic
    private let context: FaultContext

    /// The payload of the packets that fill it, small beside what the rate carries in a second.
    private let size: Int
    private var account = RateAccount()
    private var headers = 0
    private var sent: UInt64 = 0
    /// How long the path was filled, in nanoseconds.
    private var filled: Int64 = 0
    /// The bytes that this took.
    private var filledBytes: UInt64 = 0
    private var besideSent = 0
    private var besideArrived = 0
    private var aimedPackets: UInt64?
    private var heals: [FaultRecord.Achievement] = []
    private var notes: [String] = []
    private var failure: (any Error)?
    /// The fault did not live its whole time: the drill wants an end.
    private var isCutShort = true

    /// How long it may take to send at once, for the drill to hear that it shall end.
    static let longestBurst = Duration.milliseconds(20)
    /// How long a path is filled that never meets its bound, before it is left alone.
    static let longestTry = Duration.seconds(3)

    /// - Parameter traffic: opens what fills the path, once the fault is in.
    init(
        identifier: String, path: String, rate: NetemRate, duration: Duration, life: QueueingLife,
        aim: FaultAim, needsAimedPackets: Bool = false, context: FaultContext,
        traffic: @escaping @Sendable () throws -> any RateTraffic
    ) {
        self.identifier = identifier
        self.path = path
        self.rate = rate
        self.duration = duration
        self.life = life
        self.aim = aim
        self.needsAimedPackets = needsAimedPackets
        self.context = context
        openTraffic = traffic
        size = max(100, min(1400, Int(clamping: rate.bytesPerSecond / 500)))
    }

    func snapshot() async throws { try await life.snapshot() }

    func undoRecords() async -> [UndoRecord] {
        let deadline = BootClock.now + duration.nanoseconds + 30_000_000_000
        return [await life.undoRecord(identifier: identifier, deadline: deadline)]
    }

    func inject() async throws { try await life.inject() }

    func readBack() async throws {
        try await life.readBack()
        notes = await life.notes
    }

    /// Fills the path where nothing else does, until enough is measured; then only watches.
    func hold() async {
        let end = context.now() + Nanoseconds(duration)
        let enough = Int64(min(.seconds(3), duration / 2).nanoseconds)
        do {
            let traffic = try openTraffic()
            headers = traffic.headers
            while context.now() < end, !Task.isCancelled {
                let start = context.now()
                let isFilling = account.saturated < enough && !hasGivenUp
                try await look(traffic, isFilling: isFilling)
                // A sleep that is cut short is noticed by the loop's condition.
                try? await context.sleep(.milliseconds(10))
                if isFilling { filled += (context.now() - start).count }
            }
            besideArrived += traffic.takeArrivals()
            aimedPackets = await life.aimedPackets()
        } catch {
            failure = error
        }
        let rest = end - context.now()
        if rest.count > 0 { try? await context.sleep(rest.duration) }
        isCutShort = Task.isCancelled
    }

    /// Whether the path takes more than the drill can send, or less than the rate.
    private var hasGivenUp: Bool {
        let longest = Self.longestTry.nanoseconds
        return filled >= (account.saturated == 0 ? longest : 3 * longest)
    }

    func proof() -> EffectProof {
        var proof = account.proof(asked: rate, link: path, packet: size + headers)
        if proof.injection == .unproven, hasGivenUp {
            let speed = Double(filledBytes) / (Double(filled) / 1e9)
            proof.sentence +=
                "; the drill sent \(Int(speed.rounded())) bytes a second for "
                + "\(DurationText(nanoseconds: Double(filled))) and did not reach it, then left the "
                + "path alone: it takes a lower rate, or a workload that needs more"
        }
        proof.achieved.append(leftAlone)
        proof.achieved += heals
        if besideSent > 0, !leftAlone.confirmed {
            proof.injection = .mismatch
            proof.sentence += "; a flow beside it lost \(besideSent - besideArrived) packets"
        }
        if needsAimedPackets { proof.require(aimedPackets: aimedPackets) }
        if let failure {
            proof.injection = .mismatch
            proof.sentence += "; then it could not be read: \(failure)"
        }
        proof.sentence = ([proof.sentence] + notes).joined(separator: "; ")
        return proof
    }

    /// Lifts the rate, waits until nothing is queued, and deletes the tree.
    func revert() async throws {
        try await life.revert(isBrief: isCutShort)
        heals = await life.heals()
    }

    func verify(isBrief: Bool) async -> UndoProof {
        let comparisons = await life.comparisons()
        return UndoProof(
            comparisons.allSatisfy(\.isSame) ? .clean : .residual, by: .drill,
            comparisons: comparisons)
    }

    private func look(_ traffic: any RateTraffic, isFilling: Bool) async throws {
        guard let statistics = try await life.statistics() else {
            throw FaultError(
                attempted: "read the class", object: path, reason: "somebody has deleted it")
        }
        account.note(
            RateAccount.Look(
                time: context.now(), bytes: statistics.bytes, queuedBytes: statistics.queuedBytes,
                packets: statistics.packets))
        besideArrived += traffic.takeArrivals()
        guard isFilling else { return }
        sent += 1
        if traffic.sendBeside(number: sent, bytes: size) { besideSent += 1 }
        // Enough for a tenth of a second, so that a late wake-up does not find it empty.
        let wanted = rate.bytesPerSecond / 10
        guard wanted > statistics.queuedBytes else { return }
        let missing = Int(clamping: wanted) - Int(statistics.queuedBytes)
        let end = context.now() + Nanoseconds(Self.longestBurst)
        for number in 1...max(1, min(20_000, missing / (size + headers))) {
            sent += 1
            filledBytes += UInt64(size + headers)
            traffic.fill(number: sent, bytes: size)
            if number.isMultiple(of: 16), Task.isCancelled || context.now() >= end { break }
        }
    }

    /// That a flow no fault is aimed at lost nothing.
    private var leftAlone: FaultRecord.Achievement {
        FaultRecord.Achievement(
            name: "packets lost on a flow beside it", requested: Figure("lost", 0, .count),
            during: Figure("lost", Double(besideSent - besideArrived), .count),
            samples: besideSent, confirmed: besideSent > 0 && besideArrived == besideSent)
    }
}
