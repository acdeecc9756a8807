private import CNetlink
import Glibc

/// netem for chosen packets over one interface, and for no others.
///
/// The root becomes a prio qdisc of four bands. The first three carry everything, as the kernel's
/// default does; the fourth has netem, and u32 filters steer the aimed packets into it.
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one, and needs CAP_NET_ADMIN where it changes something.
public struct PortNetem: Sendable, Hashable {
    /// The handle of the root qdisc of one that has no other.
    public static let handle: UInt32 = 0x4664_0000

    /// The index of the interface.
    public var interface: Int32
    public var aims: [PacketAim]
    public var parameters: NetemParameters
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?
    /// The handle of the root qdisc, which undo records name; see ``handle(ofProcess:)``.
    public var handle = Self.handle

    private var netemHandle: UInt32 { handle + 0x1_0000 }
    private var netemBand: UInt32 { handle | 4 }

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

    /// The interface's qdiscs, when they come back by themselves once ours are deleted.
    ///
    /// Those are the kernel's defaults, which have no handle (and `ingress` and `clsact`, which are
    /// not touched). Throws for others: they could not be restored exactly.
    public func snapshot() throws(KernelError) -> [Qdisc] {
        try Self.checkReplaceable(qdiscs())
    }

    /// The interface's qdiscs as they are.
    public func qdiscs() throws(KernelError) -> [Qdisc] {
        try NetlinkSocket(namespace: namespace).qdiscs(ofInterface: interface)
    }

    static func checkReplaceable(_ qdiscs: [Qdisc]) throws(KernelError) -> [Qdisc] {
        for qdisc in qdiscs where qdisc.handle != 0 && qdisc.parent != 0xffff_fff1 {
            throw KernelError(
                call: "replace the root qdisc", object: "interface \(qdisc.interface)",
                reason: .refused("somebody has put \(qdisc) there"),
                remedy: (0x4000..<0x8000).contains(qdisc.handle >> 16)
                    ? "another drill is at work there, or run firedrill revert"
                    : "remove it, or use backend: proxy")
        }
        return qdiscs
    }

    /// Puts the qdiscs and, last, the filters in; throws when something but a default is there.
    ///
    /// After a failure nothing of it is left, and what another one has put there stays.
    public func install() throws(KernelError) {
        let objections = [parameters.objection] + aims.map(\.objection)
        if let objection = objections.compactMap({ $0 }).first {
            throw KernelError(
                call: "netem", object: "interface \(interface)", reason: .refused(objection))
        }
        let socket = try NetlinkSocket(namespace: namespace)
        _ = try Self.checkReplaceable(socket.qdiscs(ofInterface: interface))
        try socket.createQdisc(
            "prio", interface: interface, handle: handle, parent: Qdisc.root
        ) { message throws(KernelError) in
            try message.put(Int(TCA_OPTIONS), Self.prioOptions)
        }
        // From here on a root qdisc of this handle is this one's own.
        do {
            try fill(socket)
        } catch {
            try socket.deleteRootQdisc(ofInterface: interface, handle: handle)
            throw error
        }
    }

    private func fill(_ socket: borrowing NetlinkSocket) throws(KernelError) {
        // prio's own bands hold one packet where the interface has no transmit queue length.
        for band in UInt32(1)...3 {
            try socket.createQdisc(
                "pfifo", interface: interface, handle: 0, parent: handle | band
            ) { message throws(KernelError) in
                try message.put(Int(TCA_OPTIONS), nativeBytes(UInt32(10_000)))
            }
        }
        let options = NetemOptions(parameters)
        try socket.createQdisc(
            "netem", interface: interface, handle: netemHandle, parent: netemBand
        ) { message throws(KernelError) in
            try options.append(to: message)
        }
        for filter in filters {
            try socket.request(filter.message(), object: "filter on interface \(interface)")
        }
    }

    /// Reads netem back and compares it with what was asked.
    public func readBack() throws(KernelError) -> NetemReading {
        let qdiscs = try qdiscs()
        guard qdiscs.contains(where: { $0.kind == "prio" && $0.handle == handle }) else {
            return NetemReading(differences: ["prio \(Qdisc.text(of: handle)) is missing"])
        }
        guard let netem = qdiscs.first(where: { $0.handle == netemHandle }),
            netem.kind == "netem", let found = NetemOptions(netem.options)
        else {
            return NetemReading(differences: ["netem \(Qdisc.text(of: netemHandle)) is missing"])
        }
        return found.reading(comparedWith: NetemOptions(parameters))
    }

    /// What netem has done; nil where it is not in.
    public func statistics() throws(KernelError) -> QdiscStatistics? {
        try NetlinkSocket(namespace: namespace)
            .statistics(ofInterface: interface)[netemHandle]
    }

    /// Takes the filters out: new packets pass netem by, and those inside leave in their time.
    ///
    /// Deleting netem at once would lose what waits in it. Wait for ``statistics()`` to say that
    /// nothing is queued any more, at most the longest delay, then call ``remove()``.
    public func unsteer() throws(KernelError) {
        let socket = try NetlinkSocket(namespace: namespace)
        let failure = try socket.failure(
            of: PacketFilter.flush(interface: interface, parent: handle),
            object: "filters on interface \(interface)")
        if let failure, ![ENOENT, EINVAL, ENODEV].contains(failure.number) { throw failure }
    }

    /// Deletes everything of ours; the kernel's default comes back, and nothing there is no error.
    public func remove() throws(KernelError) {
        try NetlinkSocket(namespace: namespace)
            .deleteRootQdisc(ofInterface: interface, handle: handle)
    }

    /// Whether this kernel has netem; changes nothing.
    ///
    /// A netem without its options is refused as invalid by a kernel that knows it, and is not
    /// found by one that does not.
    public static func capability(namespace: Int32? = nil) throws(KernelError) -> NetemCapability {
        let socket = try NetlinkSocket(namespace: namespace)
        let message = try NetlinkMessage(
            type: Int(RTM_NEWQDISC), flags: NLM_F_CREATE | NLM_F_EXCL)
        // Index 1 is the loopback interface of every namespace.
        try message.append(trafficControlHeader(interface: 1, handle: handle, parent: Qdisc.root))
        try message.put(Int(TCA_KIND), "netem")
        return NetemCapability(answer: socket.failure(of: message, object: "netem")?.number)
    }

    private var filters: [PacketFilter] {
        aims.enumerated().flatMap { index, aim in
            PacketFilter.filters(
                for: aim, interface: interface, parent: handle, target: netemBand,
                priority: UInt32(2 * index + 1))
        }
    }

    /// A `struct tc_prio_qopt`: bands, and the kernel's default map, which leaves the fourth empty.
    static let prioOptions: [UInt8] =
        nativeBytes(Int32(4)) + [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
}
