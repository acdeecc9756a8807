import Glibc
import Kernel
import Playbooks
import Records
import Undo

/// Puts one netem in and takes it out again without losing what waits in it.
///
/// Shared by the faults that netem makes. Linux cannot say which packets a deleted qdisc threw away,
/// so the loss at the heal is counted from what it dropped and held just before.
actor NetemLife {
    /// What happened to the packets.
    struct Account: Equatable {
        /// Packets that went through netem.
        var packets: UInt32 = 0
        /// Packets that netem dropped while it was in, asked for or not.
        var drops: UInt32 = 0
        /// Packets that were dropped or thrown away when it was taken out.
        var lostAtHeal: UInt32 = 0
    }

    /// How long an aborted drill waits for packets that are on their way.
    static let briefDrain = Duration.milliseconds(300)

    nonisolated let interface: String
    private let index: Int32
    private let control: any NetemControl
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
    ///   - claims: which other fault has the interface.
    ///   - wait: returns when the condition holds, at the latest after the bound.
    init(
        interface: String, index: Int32, control: any NetemControl, longestDelay: Duration,
        claims: InterfaceClaims = InterfaceClaims(),
        wait: @escaping @Sendable (Duration, @Sendable () -> Bool) async -> Void
    ) {
        self.interface = interface
        self.index = index
        self.control = control
        self.longestDelay = longestDelay
        self.claims = claims
        self.wait = wait
    }

    /// A netem of this process on the loopback interface, where testbeds live.
    static func onLoopback(
        aims: [PacketAim], parameters: NetemParameters, context: FaultContext
    ) throws -> NetemLife {
        let index = try NetworkInterface.index(of: NetemDelay.interface)
        return outgoing(
            over: NetemDelay.interface, index: index, aims: aims, parameters: parameters,
            context: context)
    }

    /// A netem of this process for what goes out over an interface.
    static func outgoing(
        over interface: String, index: Int32, aims: [PacketAim], parameters: NetemParameters,
        context: FaultContext
    ) -> NetemLife {
        var netem = PortNetem(interface: index, aims: aims, parameters: parameters)
        netem.handle = PortNetem.handle(ofProcess: getpid())
        netem.steering = SteeringChoice(host: context.host).steering(onInterface: index)
        return NetemLife(
            interface: interface, index: index, control: netem,
            longestDelay: parameters.longestDelay, context: context)
    }

    /// A netem of this process, as the faults of a drill use it.
    init(
        interface: String, index: Int32, control: any NetemControl, longestDelay: Duration,
        context: FaultContext
    ) {
        self.init(
            interface: interface, index: index, control: control, longestDelay: longestDelay,
            claims: .ofProcess
        ) { bound, condition in
            _ = await context.wait(atMost: bound, until: condition)
        }
    }

    func snapshot() throws {
        try claims.check(interface, index: index, control.direction)
        prior = try control.snapshot()
    }

    func undoRecord(identifier: String, deadline: Int64) -> UndoRecord {
        self.identifier = identifier
        return UndoRecord(
            identifier: identifier,
            summary: "netem \(Qdisc.text(of: control.handle)) on \(interface)"
                + (control.direction == .ingress ? ", for what comes in" : ""),
            reversal: control.reversal(of: interface, index: index, prior: prior),
            deadline: deadline)
    }

    func inject() throws {
        try claims.claim(interface, index: index, control.direction, by: identifier)
        do {
            try control.install(over: prior)
        } catch {
            claims.release(index: index, control.direction, by: identifier)
            throw error
        }
        isIn = true
    }

    func readBack() throws {
        let reading = try control.readBack()
        notes = reading.notes
        guard reading.differences.isEmpty else {
            throw FaultError(
                attempted: "read netem back", object: interface,
                reason: reading.differences.joined(separator: "; "))
        }
    }

    /// Steers new packets past netem, waits until nothing is in it, and deletes it.
    ///
    /// Does nothing when it never was in: a root qdisc there is another drill's.
    func revert(isBrief: Bool) async throws {
        guard isIn else { return }
        let before = try control.statistics()
        try control.unsteer()
        let bound = isBrief ? Self.briefDrain : longestDelay + .seconds(1)
        await wait(bound) { [control] in
            // An interface that vanished has nothing queued either.
            guard let now = try? control.statistics() else { return true }
            return now.queued == 0
        }
        let after = try control.statistics()
        restoration = try control.remove(restoring: prior)
        isIn = false
        claims.release(index: index, control.direction, by: identifier)
        guard let before, let after else { return }
        account = Account(
            packets: after.packets, drops: before.drops,
            lostAtHeal: after.drops &- before.drops &+ after.queued)
    }

    /// How many packets of the aims have met it so far; nil where nobody counts them.
    func aimedPackets() -> UInt64? { try? control.aimedPackets() }

    func comparisons() -> [Comparison] {
        let tree = Comparison.queueing(
            of: interface, prior: prior, restoration: restoration, now: control.tree)
        guard control.direction == .ingress else { return [tree] }
        let residue: [String]
        do { residue = try control.residue() } catch { residue = ["\(error)"] }
        return [
            tree,
            Comparison(
                what: "redirection of what comes in over \(interface)", before: "none",
                after: residue.isEmpty ? "none" : residue.joined(separator: "; "),
                isSame: residue.isEmpty),
        ]
    }

    /// The account as a line of the record; nil while it is in, and when nothing was counted.
    func heal() -> FaultRecord.Achievement? {
        account.map { account in
            FaultRecord.Achievement(
                name: "packets lost when netem was taken out",
                requested: Figure("lost", 0, .count),
                after: Figure("lost", Double(account.lostAtHeal), .count),
                samples: Int(account.packets), confirmed: account.lostAtHeal == 0)
        }
    }
}
