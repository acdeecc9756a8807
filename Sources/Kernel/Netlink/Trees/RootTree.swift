/// A root qdisc of ours with one class that aimed packets are led into, and no others.
///
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one, and needs CAP_NET_ADMIN where it changes something.
public protocol RootTree: Sendable {
    /// What the aimed packets meet: `netem`, `htb`.
    var kind: String { get }
    /// The index of the interface.
    var interface: Int32 { get set }
    /// A descriptor of the network namespace; nil for the calling thread's.
    var namespace: Int32? { get set }
    var aims: [PacketAim] { get set }
    /// The handle of the root qdisc, which undo records name.
    var handle: UInt32 { get set }
    var steering: any Steering { get set }
    /// The class that a packet with its number as priority is led into.
    var target: UInt32 { get }

    /// Puts all of it in over what ``snapshot()`` has found, or nothing.
    func install(over prior: QueueingTree) throws(KernelError)
    /// Reads it back and compares it with what was asked.
    func readBack() throws(KernelError) -> QueueingReading
    /// What passed the class; nil where it is not in.
    func statistics() throws(KernelError) -> QdiscStatistics?
    /// Lets new packets pass as if it were not there; those inside leave in their order.
    func subside() throws(KernelError)
}

extension RootTree {
    /// What is on the interface, when it can be put back as it is; see ``RootReplacement``.
    public func snapshot() throws(KernelError) -> QueueingTree { try replacement.snapshot() }

    /// What is on the interface.
    public func tree() throws(KernelError) -> QueueingTree { try replacement.tree() }

    /// How many packets wait on the interface, in what is ours and in what is not.
    ///
    /// Linux throws them all away when it exchanges the root.
    public func backlog() throws(KernelError) -> UInt32 {
        try NetlinkSocket(namespace: namespace).backlog(ofInterface: interface)
    }

    /// Puts it in over what is there.
    public func install() throws(KernelError) { try install(over: snapshot()) }

    /// Takes the steering out: new packets pass the class by, and those inside leave in their time.
    ///
    /// To delete the class at once would lose what waits in it. Wait for ``statistics()`` to say that
    /// nothing is queued any more, at most the longest delay, then call ``remove(restoring:)``.
    public func unsteer() throws(KernelError) { try steering.unsteer(from: place) }

    /// Takes everything of ours out and puts back what was there; nothing there is no error.
    ///
    /// - Parameter prior: what ``snapshot()`` has found; the kernel's default by default.
    @discardableResult
    public func remove(
        restoring prior: QueueingTree = QueueingTree()
    ) throws(KernelError) -> RootReplacement.Restoration {
        try unsteer()
        return try replacement.restore(prior)
    }

    var place: SteeringPlace {
        SteeringPlace(
            interface: interface, root: handle, target: target, namespace: namespace)
    }

    var replacement: RootReplacement {
        RootReplacement(interface: interface, handle: handle, namespace: namespace)
    }

    /// The interface's qdiscs as they are.
    func qdiscs() throws(KernelError) -> [Qdisc] {
        try NetlinkSocket(namespace: namespace).qdiscs(ofInterface: interface)
    }

    /// Throws the first reason for which the tree, one of its aims or its steering cannot be had.
    func check(_ objection: String?) throws(KernelError) {
        let objections =
            [objection] + aims.map { $0.objection ?? steering.objection(to: $0) }
        guard let found = objections.compactMap({ $0 }).first else { return }
        throw KernelError(
            call: kind, object: "interface \(interface)", reason: .refused(found))
    }
}
