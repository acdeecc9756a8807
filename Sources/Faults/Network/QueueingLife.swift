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
    }

    /// How long an aborted drill waits for packets that are on their way.
    static let briefDrain = Duration.milliseconds(300)

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
    /// The fault's name among those of the drill, once it is on record.
    private var identifier = ""
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
        namespace: NamedNetworkNamespace? = nil, context: FaultContext
    ) -> QueueingLife {
        var root = tree
        root.namespace = namespace?.descriptor.number
        root.interface = index
        root.handle = PortNetem.handle(ofProcess: getpid())
        root.steering = SteeringChoice(host: context.host).steering(onInterface: index)
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

    private var inode: UInt64 { namespace?.identity.inode ?? 0 }

    func snapshot() throws {
        try claims.check(
            place, index: index, control.direction, namespace: inode)
        prior = try control.snapshot()
    }

    func undoRecord(identifier: String, deadline: Int64) -> UndoRecord {
        self.identifier = identifier
        let reversal = control.reversal(of: interface, index: index, prior: prior)
        return UndoRecord(
            identifier: identifier,
            summary: "\(control.kind) \(Qdisc.text(of: control.handle)) on \(place)"
                + (control.direction == .ingress ? ", for what comes in" : ""),
            reversal: namespace.map { .inside($0.identity, reversal) } ?? reversal,
            deadline: deadline)
    }

    func inject() throws {
        try claims.claim(
            place, index: index, control.direction, namespace: inode, by: identifier)
        do {
            try control.install(over: prior)
        } catch {
            claims.release(
                index: index, control.direction, namespace: inode, by: identifier)
            throw error
        }
        isIn = true
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
        let after = try control.statistics()
        restoration = try control.remove(restoring: prior)
        isIn = false
        claims.release(
            index: index, control.direction, namespace: inode, by: identifier)
        guard let before, let after else { return }
        account = Account(
            packets: after.packets, drops: before.drops,
            lostAtHeal: after.drops &- before.drops &+ after.queued)
    }

    /// What has passed it so far; nil where it is not in.
    func statistics() throws -> QdiscStatistics? { try control.statistics() }

    /// How many packets of the aims have met it so far; nil where nobody counts them.
    func aimedPackets() -> UInt64? { try? control.aimedPackets() }

    func comparisons() -> [Comparison] {
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

    /// The account as a line of the record; nil while it is in, and when nothing was counted.
    func heal() -> FaultRecord.Achievement? {
        account.map { account in
            FaultRecord.Achievement(
                name: "packets lost when \(control.kind) was taken out",
                requested: Figure("lost", 0, .count),
                after: Figure("lost", Double(account.lostAtHeal), .count),
                samples: Int(account.packets), confirmed: account.lostAtHeal == 0)
        }
    }
}
