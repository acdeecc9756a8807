import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Puts one root tree in and takes it out again without losing what waits in it.
///
/// Shared by the faults that netem and htb make. Linux cannot say which packets a deleted qdisc threw away,
/// so the loss at the heal is counted from what it dropped and held just before.
actor QueueingLife {
    /// What happened to the packets.
    struct Account: Equatable {
        /// Packets that went through it.
        var packets: UInt32 = 0
        /// Packets that it dropped while it was in, asked for or not.
        var drops: UInt32 = 0
        /// Packets that were dropped or thrown away when it was taken out.
        var lostAtHeal: UInt32 = 0
        /// Packets beside the aim that waited when it was put in, which Linux throws away.
        var othersLostAtInject: UInt32 = 0
        /// Packets beside the aim that waited when it was taken out.
        var othersLostAtHeal: UInt32 = 0
    }

    /// How long an aborted drill waits for packets that are on their way.
    static let briefDrain = Duration.milliseconds(300)
    /// How long packets beside the aim are waited for: a queue that is fed too fast never ends.
    static let othersDrain = Duration.seconds(1)

    nonisolated let interface: String
    private let index: Int32
    /// The namespace of the interface, held open; nil for the drill's own.
    private let namespace: NamedNetworkNamespace?
    private let control: any QueueingControl
    private let longestDelay: Duration
    private let wait: @Sendable (Duration, @Sendable () -> Bool) async -> Void
    private var prior = QueueingTree()
    private var restoration: RootReplacement.Restoration?
    private var isIn = false
    private let claims: InterfaceClaims
    /// From the snapshot until the interface was compared: what is on it is this fault's.
    private var claim: InterfaceClaims.Claim?
    /// Whether what is on the interface can be this fault's at all.
    private var hadClaim = false
    private var othersLostAtInject: UInt32 = 0
    private(set) var account: Account?
    private(set) var notes: [String] = []

    /// - Parameters:
    ///   - namespace: the network namespace of the interface; nil for the drill's own.
    ///   - claims: which other fault has the interface.
    ///   - wait: returns when the condition holds, at the latest after the bound.
    init(
        interface: String, index: Int32, control: any QueueingControl, longestDelay: Duration,
        namespace: NamedNetworkNamespace? = nil, claims: InterfaceClaims = InterfaceClaims(),
        wait: @escaping @Sendable (Duration, @Sendable () -> Bool) async -> Void
    ) {
        self.interface = interface
        self.index = index
        self.namespace = namespace
        self.control = control
        self.longestDelay = longestDelay
        self.claims = claims
        self.wait = wait
    }

    /// A tree of this process on the loopback interface, where testbeds live.
    ///
    /// - Parameter longestDelay: how long what waits in it takes to leave.
    static func onLoopback(
        _ tree: any RootTree, longestDelay: Duration, context: FaultContext
    ) throws -> QueueingLife {
        let index = try NetworkInterface.index(of: NetemDelay.interface)
        return outgoing(
            tree, over: NetemDelay.interface, index: index, longestDelay: longestDelay,
            context: context)
    }

    /// A tree of this process for what goes out over an interface.
    static func outgoing(
        _ tree: any RootTree, over interface: String, index: Int32, longestDelay: Duration,
        namespace: NamedNetworkNamespace? = nil, sparing spared: [UInt16] = [],
        context: FaultContext
    ) -> QueueingLife {
        var root = tree
        root.namespace = namespace?.descriptor.number
        root.interface = index
        root.handle = PortNetem.handle(ofProcess: getpid())
        root.steering = SteeringChoice(host: context.host).steering(
            onInterface: index, sparing: spared)
        return QueueingLife(
            interface: interface, index: index, control: EgressQueueing(root: root),
            longestDelay: longestDelay, namespace: namespace, context: context)
    }

    /// A tree of this process, as the faults of a drill use it.
    init(
        interface: String, index: Int32, control: any QueueingControl, longestDelay: Duration,
        namespace: NamedNetworkNamespace? = nil, context: FaultContext
    ) {
        self.init(
            interface: interface, index: index, control: control, longestDelay: longestDelay,
            namespace: namespace, claims: .ofProcess
        ) { bound, condition in
            _ = await context.wait(atMost: bound, until: condition)
        }
    }

    /// `eth1`, `eth1 in /run/netns/a`.
    private var place: String {
        interface + (namespace.map { " in \($0.identity.path)" } ?? "")
    }

    private var claimed: InterfaceClaims.Place {
        InterfaceClaims.Place(
            index: index, direction: control.direction, namespace: namespace?.identity.inode ?? 0)
    }

    /// Takes the interface for this fault, and down what is there.
    ///
    /// Nobody else of the drill gets it before ``comparisons()`` or the end of this.
    func snapshot() throws {
        try takeClaim()
        prior = try control.snapshot()
    }

    private func takeClaim() throws {
        guard claim == nil else { return }
        claim = try claims.claim(place, at: claimed)
        hadClaim = true
    }

    func undoRecord(identifier: String) -> UndoRecord {
        claim?.name(identifier)
        let reversal = control.reversal(of: interface, index: index, prior: prior)
        return UndoRecord(
            identifier: identifier,
            summary: "\(control.kind) \(Qdisc.text(of: control.handle)) on \(place)"
                + (control.direction == .ingress ? ", for what comes in" : ""),
            reversal: namespace.map { .inside($0.identity, reversal) } ?? reversal)
    }

    /// Waits a while until nothing is queued on the interface, and puts the tree in.
    func inject() async throws {
        try takeClaim()
        await othersLeave(within: Self.othersDrain)
        let waiting = try control.backlog() ?? 0
        try control.install(over: prior)
        othersLostAtInject = waiting
        isIn = true
    }

    private func othersLeave(within bound: Duration) async {
        await wait(bound) { [control] in
            // Nil is nobody else's, and an interface that vanished has nothing queued.
            ((try? control.backlog()) ?? 0) == 0
        }
    }

    func readBack() throws {
        let reading = try control.readBack()
        notes = reading.notes
        guard reading.differences.isEmpty else {
            throw FaultError(
                attempted: "read \(control.kind) back", object: place,
                reason: reading.differences.joined(separator: "; "))
        }
    }

    /// Lets new packets pass it, waits until nothing is in it, and deletes it.
    ///
    /// Does nothing when it never was in: a root qdisc there is another drill's.
    func revert(isBrief: Bool) async throws {
        guard isIn else { return }
        try control.subside()
        // Not sooner: what it lost as asked until nothing came any more is not lost by the heal.
        let before = try control.statistics()
        let bound = isBrief ? Self.briefDrain : longestDelay + .seconds(1)
        await wait(bound) { [control] in
            // An interface that vanished has nothing queued either.
            guard let now = try? control.statistics() else { return true }
            return now.queued == 0
        }
        await othersLeave(within: isBrief ? Self.briefDrain : Self.othersDrain)
        let after = try control.statistics()
        let waiting = try? control.backlog()
        restoration = try control.remove(restoring: prior)
        isIn = false
        guard let before, let after else { return }
        account = Account(
            packets: after.packets, drops: before.drops,
            lostAtHeal: after.drops &- before.drops &+ after.queued,
            othersLostAtInject: othersLostAtInject,
            othersLostAtHeal: waiting.map { $0 - min($0, after.queued) } ?? 0)
    }

    /// What has passed it so far; nil where it is not in.
    func statistics() throws -> QdiscStatistics? { try control.statistics() }

    /// How many packets of the aims have met it so far; nil where nobody counts them.
    func aimedPackets() -> UInt64? { try? control.aimedPackets() }

    /// What is on the interface beside what was there; nothing when that was another fault's to say.
    ///
    /// Gives the interface back to the other faults of the drill when this one is out.
    func comparisons() -> [Comparison] {
        guard hadClaim else { return [] }
        defer { if !isIn { claim = nil } }
        let tree = Comparison.queueing(
            of: place, prior: prior, restoration: restoration, now: control.tree)
        guard control.direction == .ingress else { return [tree] }
        let residue: [String]
        do { residue = try control.residue() } catch { residue = ["\(error)"] }
        return [
            tree,
            Comparison(
                what: "redirection of what comes in over \(place)", before: "none",
                after: residue.isEmpty ? "none" : residue.joined(separator: "; "),
                isSame: residue.isEmpty),
        ]
    }

    /// The account as lines of the record; none while it is in, and when nothing was counted.
    func heals() -> [FaultRecord.Achievement] {
        guard let account else { return [] }
        let heal = FaultRecord.Achievement(
            name: "packets lost when \(control.kind) was taken out",
            requested: Figure("lost", 0, .count),
            after: Figure("lost", Double(account.lostAtHeal), .count),
            samples: Int(account.packets), confirmed: account.lostAtHeal == 0)
        let others = account.othersLostAtInject + account.othersLostAtHeal
        // The kernel's default on an interface without a queue has nothing to lose.
        guard others > 0 || !prior.isDefault else { return [heal] }
        return [
            heal,
            FaultRecord.Achievement(
                name: "packets beside the aim that waited and were lost when "
                    + "\(control.kind) was put in, and when it was taken out",
                requested: Figure("lost", 0, .count),
                during: Figure("lost", Double(account.othersLostAtInject), .count),
                after: Figure("lost", Double(account.othersLostAtHeal), .count),
                samples: Int(others), confirmed: others == 0),
        ]
    }
}
