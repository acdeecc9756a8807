private import CNetlink
import Glibc

/// Leads aimed packets that come in over an interface through one of our own, an ifb.
///
/// There they pass its qdiscs as packets do that go out, and come in behind it as if nothing had
/// been. Every method opens a socket of its own, in the calling thread's network namespace or the
/// given one, and needs CAP_NET_ADMIN where it changes something. All of it outlives the process
/// that made it, and ``remove()`` takes it out from whatever state a death has left.
public struct IngressRedirect: Sendable, Hashable {
    /// The index of the interface.
    public var interface: Int32
    public var aims: [PacketAim]
    /// The name of our ifb, which nothing else has.
    public var device: String
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?

    /// The handle of `ingress`.
    private static let handle: UInt32 = 0xffff_0000
    /// TC_H_INGRESS.
    private static let parent: UInt32 = 0xffff_fff1
    /// Tells our `ingress` from anybody's: a table of packet sizes (`struct tc_sizespec`) with no
    /// entries and this minimum, which nothing reads where packets come in.
    private static let mark =
        [UInt8](repeating: 0, count: 12) + nativeBytes(UInt32(0x4664), UInt32(0), UInt32(0))

    public init(
        interface: Int32, aims: [PacketAim], device: String, namespace: Int32? = nil
    ) {
        self.interface = interface
        self.aims = aims
        self.device = device
        self.namespace = namespace
    }

    /// A name for the ifb that tells those of one process and interface from all others.
    public static func device(ofProcess pid: Int32, interface: Int32) -> String {
        // At most 15 characters (IFNAMSIZ): 2 + 6 for the largest pid + 1 + 6.
        "fd\(String(pid, radix: 16))i\(String(interface & 0xff_ffff, radix: 16))"
    }

    /// Throws when something on the interface already looks at what comes in.
    public func check() throws(KernelError) {
        let socket = try NetlinkSocket(namespace: namespace)
        if let objection = aims.compactMap({ $0.objection ?? Self.objection(to: $0) }).first {
            throw refusal(objection)
        }
        guard try socket.hasLink(interface) else {
            throw KernelError(
                call: "redirect what comes in", object: "interface \(interface)",
                reason: .errno(ENODEV))
        }
        if let found = try ingress(socket) {
            throw refusal("somebody has put \(found.kind) \(Qdisc.text(of: found.handle)) there")
        }
        if try socket.linkIndex(named: device, kind: "ifb") != nil {
            throw refusal("an earlier fault has left \(device)", "run firedrill revert")
        }
    }

    /// Why packets that come in cannot be told by this aim; nil when they can.
    static func objection(to aim: PacketAim) -> String? {
        aim.user == nil ? nil : "nobody can tell which user a packet that comes in is for"
    }

    private func refusal(_ reason: String, _ remedy: String = "") -> KernelError {
        KernelError(
            call: "redirect what comes in", object: "interface \(interface)",
            reason: .refused(reason), remedy: remedy)
    }

    /// Makes the ifb, which nothing is led to yet, and returns its index.
    ///
    /// Throws EOPNOTSUPP where the kernel has no ifb.
    public func open() throws(KernelError) -> Int32 {
        let socket = try NetlinkSocket(namespace: namespace)
        try socket.createLink(named: device, kind: "ifb")
        guard let index = try socket.linkIndex(named: device, kind: "ifb") else {
            throw KernelError(call: "create an ifb", object: device, reason: .vanished)
        }
        return index
    }

    /// Whether the kernel has ifb, by making one in a namespace of its own.
    public static func capability() throws(KernelError) -> KernelAnswer {
        let namespace = try ScratchNetworkNamespace()
        let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
        do {
            try socket.createLink(named: "fd-question", kind: "ifb")
            return KernelAnswer(.present, "an ifb was made")
        } catch {
            return KernelAnswer(
                error.number == EOPNOTSUPP ? .absent : .unknown,
                "an ifb was answered with \(error)")
        }
    }

    /// The index of the ifb; nil where there is none.
    public func deviceIndex() throws(KernelError) -> Int32? {
        try NetlinkSocket(namespace: namespace).linkIndex(named: device, kind: "ifb")
    }

    /// Leads the packets of all aims to the ifb, or none of them.
    ///
    /// Throws EEXIST where somebody looks at what comes in already.
    public func steer() throws(KernelError) {
        let socket = try NetlinkSocket(namespace: namespace)
        guard let target = try socket.linkIndex(named: device, kind: "ifb") else {
            throw KernelError(call: "redirect to", object: device, reason: .vanished)
        }
        try socket.createQdisc(
            "ingress", interface: interface, handle: Self.handle, parent: Self.parent
        ) { message throws(KernelError) in
            try message.nest(Int(TCA_STAB)) { message throws(KernelError) in
                try message.put(Int(TCA_STAB_BASE), Self.mark)
            }
        }
        do {
            for filter in filters(to: target) {
                try socket.request(
                    filter.message(), object: "redirection of interface \(interface)")
            }
        } catch {
            try deleteIngress(socket)
            throw error
        }
    }

    func filters(to target: Int32) -> [PacketFilter] {
        aims.enumerated().flatMap { index, aim in
            PacketFilter.filters(
                for: aim, interface: interface, parent: Self.handle, target: 0,
                priority: UInt32(2 * index + 1))
        }.map { filter in
            var filter = filter
            filter.redirection = target
            return filter
        }
    }

    /// Lets new packets come in as ever; what is in the ifb leaves it in its time.
    ///
    /// Filters of somebody else's stay, and the qdisc with them.
    public func unsteer() throws(KernelError) {
        let socket = try NetlinkSocket(namespace: namespace)
        guard let target = try socket.linkIndex(named: device, kind: "ifb") else { return }
        try unsteer(from: target, socket)
    }

    private func unsteer(
        from target: Int32, _ socket: borrowing NetlinkSocket
    ) throws(KernelError) {
        guard try socket.hasLink(interface), let found = try ingress(socket),
            found.kind == "ingress"
        else { return }
        let filters = try redirections(socket)
        // Ours goes with its filters, and an empty one that somebody has put there since stays.
        if try isOurs(socket), filters.allSatisfy({ $0.target == target }) {
            return try deleteIngress(socket)
        }
        for filter in filters where filter.target == target {
            let message = try NetlinkMessage(type: Int(RTM_DELTFILTER), flags: 0)
            try message.append(
                trafficControlHeader(
                    interface: interface, handle: filter.handle, parent: Self.handle,
                    info: filter.info))
            try message.put(Int(TCA_KIND), "u32")
            try socket.request(message, object: "redirection of interface \(interface)")
        }
    }

    /// Takes the redirection and the ifb out, whatever of them is there; says what is left.
    @discardableResult
    public func remove() throws(KernelError) -> [String] {
        let socket = try NetlinkSocket(namespace: namespace)
        guard let target = try socket.linkIndex(named: device, kind: "ifb") else { return [] }
        // In this order: packets that are led to an interface that is gone are lost.
        try unsteer(from: target, socket)
        try close()
        return try residue()
    }

    /// Deletes the ifb, which nothing may be led to any more.
    public func close() throws(KernelError) {
        try NetlinkSocket(namespace: namespace).deleteLink(named: device)
    }

    /// One sentence for each thing of ours that is in the kernel.
    public func residue() throws(KernelError) -> [String] {
        let socket = try NetlinkSocket(namespace: namespace)
        guard let target = try socket.linkIndex(named: device, kind: "ifb") else { return [] }
        var isLed = false
        if try socket.hasLink(interface) {
            isLed = try redirections(socket).contains { $0.target == target }
        }
        return ["\(device) is there"] + (isLed ? ["packets are led to \(device)"] : [])
    }

    /// One sentence for each thing that is not in the kernel as ``steer()`` put it there.
    public func differences() throws(KernelError) -> [String] {
        let socket = try NetlinkSocket(namespace: namespace)
        guard let target = try socket.linkIndex(named: device, kind: "ifb") else {
            return ["\(device) is missing"]
        }
        let asked = filters(to: target).count
        let found = try redirections(socket).filter { $0.target == target }.count
        return asked == found
            ? [] : ["redirections to \(device): asked \(asked), found \(found)"]
    }

    /// How many packets were led to the ifb.
    public func count() throws(KernelError) -> UInt64 {
        let socket = try NetlinkSocket(namespace: namespace)
        guard let target = try socket.linkIndex(named: device, kind: "ifb") else { return 0 }
        return try redirections(socket).filter { $0.target == target }
            .reduce(0) { $0 + $1.packets }
    }

    private func ingress(_ socket: borrowing NetlinkSocket) throws(KernelError) -> Qdisc? {
        try socket.qdiscs(ofInterface: interface).first { $0.parent == Self.parent }
    }

    /// Whether the `ingress` that is there is the one that ``steer()`` makes.
    private func isOurs(_ socket: borrowing NetlinkSocket) throws(KernelError) -> Bool {
        let message = try NetlinkMessage(type: Int(RTM_GETQDISC), flags: 0)
        try message.append(trafficControlHeader(interface: interface, handle: 0, parent: 0))
        return try socket.dump(message, object: "qdiscs of interface \(interface)").contains {
            $0.integer(at: 4, as: Int32.self) == interface
                && $0.integer(at: 12, as: UInt32.self) == Self.parent
                && NetlinkAttributes($0.dropFirst(20))[Int(TCA_STAB)]
                    .flatMap { NetlinkAttributes($0)[Int(TCA_STAB_BASE)] }
                    .map(Array.init) == Self.mark
        }
    }

    private func deleteIngress(_ socket: borrowing NetlinkSocket) throws(KernelError) {
        let message = try NetlinkMessage(type: Int(RTM_DELQDISC), flags: 0)
        try message.append(
            trafficControlHeader(
                interface: interface, handle: Self.handle, parent: Self.parent))
        let failure = socket.failure(of: message, object: "ingress of interface \(interface)")
        if let failure, ![ENOENT, ENODEV, EINVAL].contains(failure.number) { throw failure }
    }

    private func redirections(
        _ socket: borrowing NetlinkSocket
    ) throws(KernelError) -> [Redirection] {
        let message = try NetlinkMessage(type: Int(RTM_GETTFILTER), flags: 0)
        try message.append(
            trafficControlHeader(interface: interface, handle: 0, parent: Self.handle))
        do {
            return try socket.dump(message, object: "filters of interface \(interface)")
                .compactMap { Redirection(message: $0) }
        } catch  where error.number == EINVAL || error.number == ENOENT {
            // There is no ingress qdisc to have filters.
            return []
        }
    }
}
