import Kernel
import Playbooks
import Records
import Undo

/// Bounds the rate of links in the kernel, fills them, and measures how fast they are.
actor RateInjector: Injector {
    nonisolated let aim: FaultAim
    private let identifier: String
    private let links: String
    private let interface: String
    private let duration: Duration
    private let tree: TokenBucketTree
    private let canary: Canary
    private let context: FaultContext

    /// The canary's payload, small beside what the rate carries in a second.
    private let size: Int
    private var prior = QueueingTree()
    private var restoration: RootReplacement.Restoration?
    private var isIn = false
    private var account = RateAccount()
    private var unaimed = CanaryObservation()
    private var sent: UInt64 = 0
    private var lostAtHeal: UInt32?
    private var passed: UInt32 = 0
    private var failure: (any Error)?

    /// The headers of a UDP datagram on loopback: Ethernet, IPv4, UDP.
    private static let headers = 42

    init(
        identifier: String, links: String, interface: String, duration: Duration,
        tree: TokenBucketTree, canary: Canary, context: FaultContext
    ) {
        self.identifier = identifier
        self.links = links
        self.interface = interface
        self.duration = duration
        self.tree = tree
        self.canary = canary
        self.context = context
        size = max(100, min(1400, Int(tree.rate / 500)))
        aim = FaultAim(
            backend: NetworkRate.backend, backendNote: NetworkRate.note(host: context.host),
            objects: tree.aims.map { .packets(interface: interface, $0) },
            requested: [
                Figure("bytes a second", Double(tree.rate), .bytes),
                Figure("duration", Double(duration.nanoseconds), .nanoseconds),
            ])
    }

    func snapshot() throws {
        try InterfaceClaims.ofProcess.check(interface, index: tree.interface)
        prior = try tree.snapshot()
    }

    func undoRecords() -> [UndoRecord] {
        [
            UndoRecord(
                identifier: identifier,
                summary: "htb \(Qdisc.text(of: tree.handle)) on \(interface)",
                reversal: .queueing(
                    of: interface, index: tree.interface, handle: tree.handle, prior: prior),
                deadline: BootClock.now + duration.nanoseconds + 30_000_000_000)
        ]
    }

    func inject() throws {
        let claims = InterfaceClaims.ofProcess
        try claims.claim(interface, index: tree.interface, by: identifier)
        do {
            try tree.install(over: prior)
        } catch {
            claims.release(index: tree.interface, by: identifier)
            throw error
        }
        isIn = true
    }

    func readBack() throws {
        let differences = try tree.differences()
        guard differences.isEmpty else {
            throw FaultError(
                attempted: "read htb back", object: interface,
                reason: differences.joined(separator: "; "))
        }
    }

    /// Fills the links where the workload does not, until enough is measured; then only watches.
    func hold() async {
        let end = context.now() + Nanoseconds(duration)
        let enough = Int64(min(.seconds(3), duration / 2).nanoseconds)
        while context.now() < end, !Task.isCancelled, failure == nil {
            do {
                try look(isFilling: account.saturated < enough)
            } catch {
                failure = error
            }
            // A sleep that is cut short is noticed by the loop's condition.
            try? await context.sleep(.milliseconds(10))
        }
        let rest = end - context.now()
        if rest.count > 0 { try? await context.sleep(rest.duration) }
        unaimed.arrivals += canary.unaimed.arrivals()
    }

    func proof() -> EffectProof {
        var proof = account.proof(
            asked: Double(tree.rate), link: links, packet: size + Self.headers)
        let other = CanaryEstimate(unaimed)
        proof.achieved.append(other.leftAlone)
        if let heal { proof.achieved.append(heal) }
        if other.sent > 0, !other.leftAlone.confirmed {
            proof.injection = .mismatch
            proof.sentence += "; a flow beside it lost \(other.sent - other.arrived) packets"
        }
        if let failure {
            proof.injection = .mismatch
            proof.sentence += "; then it could not be read: \(failure)"
        }
        return proof
    }

    /// Lifts the rate, waits until nothing is queued, and deletes the tree.
    func revert() async throws {
        guard isIn else { return }
        try tree.lift()
        let before = try tree.statistics()
        let bound = Task.isCancelled ? .milliseconds(300) : tree.longestDebt + .seconds(1)
        _ = await context.wait(atMost: bound) {
            // An interface that vanished has nothing queued either.
            guard let now = try? tree.statistics() else { return true }
            return now.queued == 0
        }
        let after = try tree.statistics()
        restoration = try tree.remove(restoring: prior)
        isIn = false
        InterfaceClaims.ofProcess.release(index: tree.interface, by: identifier)
        guard let before, let after else { return }
        passed = after.packets
        lostAtHeal = after.drops &- before.drops &+ after.queued
    }

    func verify(isBrief: Bool) -> UndoProof {
        let comparison = Comparison.queueing(
            of: interface, prior: prior, restoration: restoration, now: tree.tree)
        return UndoProof(
            comparison.isSame ? .clean : .residual, by: .drill, comparisons: [comparison])
    }

    private func look(isFilling: Bool) throws {
        guard let statistics = try tree.statistics() else {
            throw FaultError(
                attempted: "read the class", object: interface, reason: "somebody has deleted it")
        }
        account.note(
            RateAccount.Look(
                time: context.now(), bytes: statistics.bytes, queuedBytes: statistics.queuedBytes))
        unaimed.arrivals += canary.unaimed.arrivals()
        _ = canary.aimed.arrivals()
        guard isFilling else { return }
        sent += 1
        if let sentAt = canary.unaimed.send(number: sent, bytes: size) {
            unaimed.departures.append(.init(number: sent, sentAt: sentAt))
        }
        // Enough for a tenth of a second, so that a late wake-up does not find it empty.
        let wanted = min(tree.rate / 10, UInt64(tree.queueLimit) / 2)
        guard wanted > statistics.queuedBytes else { return }
        let missing = Int(wanted) - Int(statistics.queuedBytes)
        for _ in 0..<max(1, missing / (size + Self.headers)) {
            sent += 1
            _ = canary.aimed.send(number: sent, bytes: size)
        }
    }

    private var heal: FaultRecord.Achievement? {
        lostAtHeal.map { lost in
            FaultRecord.Achievement(
                name: "packets lost when the bound was taken out",
                requested: Figure("lost", 0, .count), after: Figure("lost", Double(lost), .count),
                samples: Int(passed), confirmed: lost == 0)
        }
    }
}

extension CanaryEstimate {
    /// That a flow no fault is aimed at lost nothing.
    var leftAlone: FaultRecord.Achievement {
        FaultRecord.Achievement(
            name: "packets lost on a flow beside it", requested: Figure("lost", 0, .count),
            during: Figure("lost", Double(sent - arrived), .count), samples: sent,
            confirmed: sent > 0 && arrived == sent)
    }
}
