private import CNetlink
import Glibc

/// netem for chosen packets over one interface, and for no others.
///
/// The root becomes a prio qdisc of four bands. The first three carry everything, as the kernel's
/// default does; the fourth has netem, and ``steering`` leads the aimed packets into it.
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one, and needs CAP_NET_ADMIN where it changes something.
public struct PortNetem: RootTree {
    /// The handle of the root qdisc of one that has no other.
    public static let handle: UInt32 = 0x4664_0000

    /// The index of the interface.
    public var interface: Int32
    public var aims: [PacketAim]
    public var parameters: NetemParameters
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?
    /// The handle of the root qdisc, which undo records name; see ``handle(ofProcess:)``.
    public var handle: UInt32 = Self.handle
    /// How the aimed packets get to netem; u32 by default.
    public var steering: any Steering = FilterSteering()

    private var netemHandle: UInt32 { handle + 0x1_0000 }
    public var kind: String { "netem" }
    public var target: UInt32 { handle | 4 }

    public init(
        interface: Int32, aims: [PacketAim], parameters: NetemParameters, namespace: Int32? = nil
    ) {
        self.interface = interface
        self.aims = aims
        self.parameters = parameters
        self.namespace = namespace
    }

    /// Aims at the packets to TCP ports, of both versions of IP.
    public init(
        interface: Int32, ports: [UInt16], parameters: NetemParameters, namespace: Int32? = nil
    ) {
        self.init(
            interface: interface, aims: ports.map { PacketAim(destinationPorts: $0...$0) },
            parameters: parameters, namespace: namespace)
    }

    /// A handle that tells the qdiscs of one process from those of most others, `4000:` to `7ffe:`.
    ///
    /// The undo of a drill that died must not take out what another drill has put there since.
    public static func handle(ofProcess pid: Int32) -> UInt32 {
        (0x4000 | UInt32(pid & 0x1fff) << 1) << 16
    }

    /// Puts the qdiscs and, last, the steering in, over what ``snapshot()`` has found.
    ///
    /// What was there goes on working in the first band, on all packets that are not aimed at.
    /// After a failure nothing of it is left, and what another one has put there stays.
    public func install(over prior: QueueingTree) throws(KernelError) {
        try check(parameters.objection)
        let options = Self.prioOptions(sheltering: !prior.isDefault)
        try replacement.install(
            "prio", over: prior, shelter: handle | 1,
            options: { message throws(KernelError) in try message.put(Int(TCA_OPTIONS), options) },
            prepare: { _ in },
            fill: { socket throws(KernelError) in
                try fill(socket, bands: prior.isDefault ? 1...3 : 2...3)
            })
    }

    private func fill(
        _ socket: borrowing NetlinkSocket, bands: ClosedRange<UInt32>
    ) throws(KernelError) {
        // prio's own bands hold one packet where the interface has no transmit queue length.
        for band in bands {
            try socket.createQdisc(
                "pfifo", interface: interface, handle: 0, parent: handle | band
            ) { message throws(KernelError) in
                try message.put(Int(TCA_OPTIONS), nativeBytes(UInt32(10_000)))
            }
        }
        let options = NetemOptions(parameters)
        try socket.createQdisc(
            "netem", interface: interface, handle: netemHandle, parent: target
        ) { message throws(KernelError) in
            try options.append(to: message)
        }
        try steering.steer(aims, to: place)
    }

    /// Reads netem back and compares it with what was asked.
    public func readBack() throws(KernelError) -> QueueingReading {
        let qdiscs = try qdiscs()
        guard qdiscs.contains(where: { $0.kind == "prio" && $0.handle == handle }) else {
            return QueueingReading(differences: ["prio \(Qdisc.text(of: handle)) is missing"])
        }
        guard let netem = qdiscs.first(where: { $0.handle == netemHandle }),
            netem.kind == "netem", let found = NetemOptions(netem.options)
        else {
            return QueueingReading(differences: ["netem \(Qdisc.text(of: netemHandle)) is missing"])
        }
        var reading = found.reading(comparedWith: NetemOptions(parameters))
        reading.differences += try steering.differences()
        return reading
    }

    /// What netem has done; nil where it is not in.
    public func statistics() throws(KernelError) -> QdiscStatistics? {
        try NetlinkSocket(namespace: namespace)
            .statistics(ofInterface: interface)[netemHandle]
    }

    /// Takes the steering out; see ``unsteer()``.
    public func subside() throws(KernelError) { try unsteer() }

    /// Whether this kernel has netem; changes nothing.
    ///
    /// Asked in a namespace of its own, where no root is taken, and without the right to make one
    /// (CAP_SYS_ADMIN) in the calling thread's. A netem without its options is refused as invalid by
    /// a kernel that knows it, and is not found by one that does not.
    ///
    /// - Parameter namespace: a descriptor of the namespace to ask in instead.
    public static func capability(namespace: Int32? = nil) throws(KernelError) -> NetemCapability {
        var scratch: ScratchNetworkNamespace?
        if namespace == nil { scratch = try? ScratchNetworkNamespace() }
        let socket = try NetlinkSocket(namespace: namespace ?? scratch?.descriptor.number)
        let message = try NetlinkMessage(
            type: Int(RTM_NEWQDISC), flags: NLM_F_CREATE | NLM_F_EXCL)
        // Index 1 is the loopback interface of every namespace.
        try message.append(trafficControlHeader(interface: 1, handle: handle, parent: Qdisc.root))
        try message.put(Int(TCA_KIND), "netem")
        return NetemCapability(answer: socket.failure(of: message, object: "netem")?.number)
    }

    /// A `struct tc_prio_qopt`: bands, and the kernel's default map, which leaves the fourth empty.
    ///
    /// Sheltering another tree, all that is not aimed at goes to the first band.
    static func prioOptions(sheltering: Bool) -> [UInt8] {
        nativeBytes(Int32(4))
            + (sheltering
                ? Array(repeating: 0, count: 16)
                : [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    }
}
