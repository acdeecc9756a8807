import Kernel
import Undo

/// The kernel's hand on one root tree with its steering, as faults use it.
///
/// Each call takes microseconds; see ``RootTree``.
protocol QueueingControl: Sendable {
    /// What the aimed packets meet: `netem`, `htb`.
    var kind: String { get }
    /// The handle of the root qdisc.
    var handle: UInt32 { get }
    /// The class that a packet with its number as priority is led into.
    var target: UInt32 { get }
    /// Which packets of the interface it is for.
    var direction: PacketSelection.Direction { get }
    /// What is on the interface; throws when it could not be put back as it is.
    func snapshot() throws(KernelError) -> QueueingTree
    /// What is on the interface.
    func tree() throws(KernelError) -> QueueingTree
    /// Puts all of it in over what was there, or nothing.
    func install(over prior: QueueingTree) throws(KernelError)
    func readBack() throws(KernelError) -> QueueingReading
    /// Nil where it is not in.
    func statistics() throws(KernelError) -> QdiscStatistics?
    /// How many packets wait on the interface, in what is ours and in what is not; nil where
    /// nothing but ours is touched.
    func backlog() throws(KernelError) -> UInt32?
    /// Lets new packets pass as if it were not there.
    func subside() throws(KernelError)
    /// Takes all of it out and puts back what was there.
    func remove(restoring prior: QueueingTree) throws(KernelError) -> RootReplacement.Restoration
    /// How many packets of the aims were led to it; nil where nobody counts them.
    func aimedPackets() throws(KernelError) -> UInt64?
    /// Takes all of it out of an interface from whatever state a death has left.
    func reversal(of interface: String, index: Int32, prior: QueueingTree) -> Reversal
    /// One sentence for each thing of ours that is not in the tree of the interface, and is there.
    func residue() throws(KernelError) -> [String]
}

/// A root tree on an interface itself, for what goes out over it.
struct EgressQueueing: QueueingControl {
    let root: any RootTree

    var kind: String { root.kind }
    var handle: UInt32 { root.handle }
    var target: UInt32 { root.target }
    var direction: PacketSelection.Direction { .egress }

    func snapshot() throws(KernelError) -> QueueingTree { try root.snapshot() }
    func tree() throws(KernelError) -> QueueingTree { try root.tree() }

    func install(over prior: QueueingTree) throws(KernelError) { try root.install(over: prior) }

    func readBack() throws(KernelError) -> QueueingReading { try root.readBack() }
    func statistics() throws(KernelError) -> QdiscStatistics? { try root.statistics() }
    func backlog() throws(KernelError) -> UInt32? { try root.backlog() }
    func subside() throws(KernelError) { try root.subside() }

    func remove(
        restoring prior: QueueingTree
    ) throws(KernelError) -> RootReplacement.Restoration {
        try root.remove(restoring: prior)
    }

    func aimedPackets() throws(KernelError) -> UInt64? {
        try (root.steering as? NftablesSteering)?.counts()?.reduce(0) { $0 + $1.packets }
    }

    func reversal(of interface: String, index: Int32, prior: QueueingTree) -> Reversal {
        .queueing(of: interface, index: index, handle: handle, prior: prior)
    }

    /// Nothing: steering of its own ends with the tree, or with the drill.
    func residue() -> [String] { [] }
}

extension IngressQueueing: QueueingControl {
    var direction: PacketSelection.Direction { .ingress }

    func install(over prior: QueueingTree) throws(KernelError) { try install() }

    func backlog() -> UInt32? { nil }

    /// What goes out over the interface was never touched.
    func remove(
        restoring prior: QueueingTree
    ) throws(KernelError) -> RootReplacement.Restoration {
        try remove()
    }

    func aimedPackets() throws(KernelError) -> UInt64? { try redirect.count() }

    func reversal(of interface: String, index: Int32, prior: QueueingTree) -> Reversal {
        .removeRedirect(interface: interface, index: index, device: redirect.device)
    }

    func residue() throws(KernelError) -> [String] { try redirect.residue() }
}
