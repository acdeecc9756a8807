private import CNetlink
import Glibc

/// netem for the packets to some TCP ports over one interface, and for no others.
///
/// The root becomes a prio qdisc of four bands. The first three carry everything, as the kernel's
/// default does; the fourth has netem, and u32 filters steer the IPv4 packets to the ports into it.
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one, and needs CAP_NET_ADMIN where it changes something.
public struct PortNetem: Sendable, Hashable {
    /// The handle of the root qdisc, which undo records name.
    public static let handle: UInt32 = 0x4664_0000
    private static let netemHandle: UInt32 = 0x4665_0000
    private static let netemBand = handle | 4

    /// The index of the interface.
    public var interface: Int32
    /// The destination ports.
    public var ports: [UInt16]
    public var parameters: NetemParameters
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?

    public init(
        interface: Int32, ports: [UInt16], parameters: NetemParameters, namespace: Int32? = nil
    ) {
        self.interface = interface
        self.ports = ports
        self.parameters = parameters
        self.namespace = namespace
    }

    /// The interface's qdiscs, when they come back by themselves once ours are deleted.
    ///
    /// Those are the kernel's defaults, which have no handle (and `ingress` and `clsact`, which are
    /// not touched). Throws for others: they could not be restored exactly.
    public func snapshot() throws(KernelError) -> [Qdisc] {
        try Self.checkReplaceable(
            NetlinkSocket(namespace: namespace).qdiscs(ofInterface: interface))
    }

    static func checkReplaceable(_ qdiscs: [Qdisc]) throws(KernelError) -> [Qdisc] {
        for qdisc in qdiscs where qdisc.handle != 0 && qdisc.parent != 0xffff_fff1 {
            throw KernelError(
                call: "replace the root qdisc", object: "interface \(qdisc.interface)",
                reason: .refused("somebody has put \(qdisc) there"),
                remedy: qdisc.handle == handle || qdisc.handle == netemHandle
                    ? "another drill is at work there, or run firedrill revert"
                    : "remove it, or use backend: proxy")
        }
        return qdiscs
    }

    /// Puts the qdiscs and, last, the filters in; throws when something but a default is there.
    ///
    /// After a failure the part that is in stays: ``remove()`` takes it out.
    public func install() throws(KernelError) {
        if let objection = parameters.objection {
            throw KernelError(
                call: "netem", object: "interface \(interface)", reason: .refused(objection))
        }
        let socket = try NetlinkSocket(namespace: namespace)
        _ = try Self.checkReplaceable(socket.qdiscs(ofInterface: interface))
        try socket.createQdisc(
            "prio", interface: interface, handle: Self.handle, parent: Qdisc.root
        ) { message throws(KernelError) in
            try message.put(Int(TCA_OPTIONS), Self.prioOptions)
        }
        // prio's own bands hold one packet where the interface has no transmit queue length.
        for band in UInt32(1)...3 {
            try socket.createQdisc(
                "pfifo", interface: interface, handle: 0, parent: Self.handle | band
            ) { message throws(KernelError) in
                try message.put(Int(TCA_OPTIONS), nativeBytes(UInt32(10_000)))
            }
        }
        let options = NetemOptions(parameters)
        try socket.createQdisc(
            "netem", interface: interface, handle: Self.netemHandle, parent: Self.netemBand
        ) { message throws(KernelError) in
            try options.append(to: message)
        }
        for filter in filters {
            try socket.request(filter.message(), object: "filter for port \(filter.port)")
        }
    }

    /// Reads netem back: one sentence for each thing that is not in the kernel as asked.
    public func differences() throws(KernelError) -> [String] {
        let qdiscs = try NetlinkSocket(namespace: namespace).qdiscs(ofInterface: interface)
        guard qdiscs.contains(where: { $0.kind == "prio" && $0.handle == Self.handle }) else {
            return ["the root qdisc prio \(Qdisc.text(of: Self.handle)) is missing"]
        }
        guard let netem = qdiscs.first(where: { $0.handle == Self.netemHandle }),
            netem.kind == "netem", let found = NetemOptions(netem.options)
        else { return ["the qdisc netem \(Qdisc.text(of: Self.netemHandle)) is missing"] }
        return found.differences(from: NetemOptions(parameters))
    }

    /// What netem has done; nil where it is not in.
    public func statistics() throws(KernelError) -> QdiscStatistics? {
        try NetlinkSocket(namespace: namespace)
            .statistics(ofInterface: interface)[Self.netemHandle]
    }

    /// Takes the filters out: new packets pass netem by, and those inside leave in their time.
    ///
    /// Deleting netem at once would lose what waits in it. Wait for ``statistics()`` to say that
    /// nothing is queued any more, at most the longest delay, then call ``remove()``.
    public func unsteer() throws(KernelError) {
        let socket = try NetlinkSocket(namespace: namespace)
        for filter in filters {
            let failure = try socket.failure(
                of: filter.deletion(), object: "filter for port \(filter.port)")
            if let failure, ![ENOENT, EINVAL, ENODEV].contains(failure.number) { throw failure }
        }
    }

    /// Deletes everything of ours; the kernel's default comes back, and nothing there is no error.
    public func remove() throws(KernelError) {
        try NetlinkSocket(namespace: namespace)
            .deleteRootQdisc(ofInterface: interface, handle: Self.handle)
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

    private var filters: [PortFilter] {
        ports.enumerated().map { index, port in
            PortFilter(
                interface: interface, parent: Self.handle, target: Self.netemBand, port: port,
                priority: UInt32(index + 1))
        }
    }

    /// A `struct tc_prio_qopt`: bands, and the kernel's default map, which leaves the fourth empty.
    static let prioOptions: [UInt8] =
        nativeBytes(Int32(4)) + [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
}
