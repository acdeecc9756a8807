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

    /// What is on the interface, when it can be put back as it is; see ``RootReplacement``.
    func snapshot() throws(KernelError) -> QueueingTree
    /// What is on the interface.
    func tree() throws(KernelError) -> QueueingTree
    /// Puts all of it in over what ``snapshot()`` has found, or nothing.
    func install(over prior: QueueingTree) throws(KernelError)
    /// Reads it back and compares it with what was asked.
    func readBack() throws(KernelError) -> QueueingReading
    /// What passed the class; nil where it is not in.
    func statistics() throws(KernelError) -> QdiscStatistics?
    /// Lets new packets pass as if it were not there; those inside leave in their order.
    func subside() throws(KernelError)
    /// Takes all of it out and puts back what was there; nothing there is no error.
    func remove(restoring prior: QueueingTree) throws(KernelError) -> RootReplacement.Restoration
}
