private import CNetlink
import Glibc

/// A bound on the rate of chosen packets over one interface, and of no others (tc-htb(8)).
///
/// The root becomes an htb qdisc without a default class, so that packets which no filter takes pass
/// at once; ``steering`` leads the aimed ones into its only class, and a FIFO holds what is too much.
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one, and needs CAP_NET_ADMIN where it changes something.
public struct TokenBucketTree: RootTree {
    /// The lowest rate: one packet of loopback's 64 KiB then takes 6.5 s.
    public static let lowestRate: UInt64 = 10_000

    /// The index of the interface.
    public var interface: Int32
    public var aims: [PacketAim]
    /// Bytes a second of all aimed packets together, their headers included.
    public var rate: UInt64
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?
    /// The handle of the root qdisc, which undo records name.
    public var handle: UInt32
    /// How the aimed packets get to the class; u32 by default.
    public var steering: any Steering = FilterSteering()

    public var kind: String { "htb" }
    public var target: UInt32 { handle | 1 }
    private var shelterIdentifier: UInt32 { handle | 2 }
    private var queueHandle: UInt32 { handle + 0x1_0000 }

    public init(
        interface: Int32, aims: [PacketAim], rate: UInt64, handle: UInt32 = PortNetem.handle,
        namespace: Int32? = nil
    ) {
        self.interface = interface
        self.aims = aims
        self.rate = rate
        self.handle = handle
        self.namespace = namespace
    }

    /// How many bytes may wait: half a second of the rate, and at least two of the largest packets.
    public var queueLimit: UInt32 {
        UInt32(clamping: max(rate / 2, 2 * 65_536))
    }

    /// The longest that what waits takes to leave once the rate is lifted.
    ///
    /// The packet that was sent last is still paid for at the old rate.
    public var longestDebt: Duration { .seconds(65_600 / Double(max(1, rate))) }

    /// Puts the tree and, last, the steering in, over what ``snapshot()`` has found.
    ///
    /// What was there goes on working in a class without a bound, on all packets that are not aimed
    /// at. After a failure nothing of it is left, and what another one has put there stays.
    public func install(over prior: QueueingTree) throws(KernelError) {
        try check(rateObjection)
        let shelter = prior.isDefault ? 0 : shelterIdentifier
        try replacement.install(
            "htb", over: prior, shelter: shelter,
            options: { message throws(KernelError) in
                try message.nest(Int(TCA_OPTIONS)) { message throws(KernelError) in
                    // struct tc_htb_glob: version, rate to quantum, default class, debug, direct
                    // packets.
                    try message.put(
                        Int(TCA_HTB_INIT),
                        nativeBytes(UInt32(3), UInt32(10), shelter & 0xffff, UInt32(0), UInt32(0)))
                    // Two where the interface has no transmit queue length.
                    try message.put(Int(TCA_HTB_DIRECT_QLEN), nativeBytes(UInt32(10_000)))
                }
            },
            prepare: { socket throws(KernelError) in
                if shelter != 0 {
                    try setRate(
                        TokenBucketClass.unlimited, of: shelter, isNew: true, socket)
                }
            },
            fill: { socket throws(KernelError) in try fill(socket) })
    }

    private var rateObjection: String? {
        rate < Self.lowestRate ? "the rate is under \(Self.lowestRate) bytes a second" : nil
    }

    private func fill(_ socket: borrowing NetlinkSocket) throws(KernelError) {
        try setRate(rate, of: target, isNew: true, socket)
        let limit = queueLimit
        try socket.createQdisc(
            "bfifo", interface: interface, handle: queueHandle, parent: target
        ) { message throws(KernelError) in
            try message.put(Int(TCA_OPTIONS), nativeBytes(limit))
        }
        try steering.steer(aims, to: place)
    }

    /// Lifts the rate: what waits leaves in its order, without being lost.
    ///
    /// Wait for ``statistics()`` to say that nothing is queued, then call
    /// ``remove(restoring:)``. Does nothing where the interface or the class is gone.
    public func lift() throws(KernelError) {
        do {
            try setRate(
                TokenBucketClass.unlimited, of: target, isNew: false,
                NetlinkSocket(namespace: namespace))
        } catch  where [ENODEV, ENOENT, EINVAL].contains(error.number) {}
    }

    /// Lifts the rate; see ``lift()``.
    public func subside() throws(KernelError) { try lift() }

    private func setRate(
        _ rate: UInt64, of identifier: UInt32, isNew: Bool, _ socket: borrowing NetlinkSocket
    ) throws(KernelError) {
        let message = try NetlinkMessage(
            type: Int(RTM_NEWTCLASS), flags: isNew ? NLM_F_CREATE | NLM_F_EXCL : 0)
        try message.append(
            trafficControlHeader(
                interface: interface, handle: identifier, parent: handle))
        try message.put(Int(TCA_KIND), "htb")
        try message.nest(Int(TCA_OPTIONS)) { message throws(KernelError) in
            try TokenBucketClass(rate: rate).append(to: message)
        }
        try socket.request(message, object: "htb class on interface \(interface)")
    }

    /// One sentence for each thing that is not in the kernel as it was asked for.
    public func differences() throws(KernelError) -> [String] {
        let qdiscs = try qdiscs()
        guard qdiscs.contains(where: { $0.kind == "htb" && $0.handle == handle }) else {
            return ["htb \(Qdisc.text(of: handle)) is missing"]
        }
        guard let queue = qdiscs.first(where: { $0.handle == queueHandle }), queue.kind == "bfifo"
        else { return ["bfifo \(Qdisc.text(of: queueHandle)) is missing"] }
        guard let found = try classMessage().flatMap(TokenBucketClass.init(message:)) else {
            return ["class \(Qdisc.text(of: target)) is missing"]
        }
        var differences: [String] = []
        if found.rate != rate || found.ceiling != rate {
            differences.append(
                "rate (bytes/s): asked \(rate), found \(found.rate), at most \(found.ceiling)")
        }
        let limit = queue.options[...].integer(at: 0, as: UInt32.self)
        if limit != queueLimit {
            differences.append(
                "queue (bytes): asked \(queueLimit), found \(limit.map(String.init) ?? "none")")
        }
        return differences + (try steering.differences())
    }

    public func readBack() throws(KernelError) -> QueueingReading {
        QueueingReading(differences: try differences())
    }

    /// What went through the class; nil where it is not in.
    public func statistics() throws(KernelError) -> QdiscStatistics? {
        try classMessage().flatMap(QdiscStatistics.init(message:))
    }

    private func classMessage() throws(KernelError) -> ArraySlice<UInt8>? {
        let message = try NetlinkMessage(type: Int(RTM_GETTCLASS), flags: 0)
        try message.append(trafficControlHeader(interface: interface, handle: 0, parent: 0))
        return try NetlinkSocket(namespace: namespace)
            .dump(message, object: "classes of interface \(interface)")
            .first { $0.integer(at: 8, as: UInt32.self) == target }
    }
}
