import Kernel
import Undo

/// The kernel's hand on one netem with its steering, as faults use it.
///
/// Each call takes microseconds; see ``PortNetem``.
protocol NetemControl: Sendable {
    /// The handle of the root qdisc.
    var handle: UInt32 { get }
    /// Which packets of the interface it is for.
    var direction: PacketSelection.Direction { get }
    /// What is on the interface; throws when it could not be put back as it is.
    func snapshot() throws(KernelError) -> QueueingTree
    /// What is on the interface.
    func tree() throws(KernelError) -> QueueingTree
    /// Puts all of it in over what was there, or nothing.
    func install(over prior: QueueingTree) throws(KernelError)
    func readBack() throws(KernelError) -> NetemReading
    /// Nil where it is not in.
    func statistics() throws(KernelError) -> QdiscStatistics?
    /// Lets new packets pass netem by.
    func unsteer() throws(KernelError)
    /// Takes all of it out and puts back what was there.
    func remove(restoring prior: QueueingTree) throws(KernelError) -> RootReplacement.Restoration
    /// How many packets of the aims were led to it; nil where nobody counts them.
    func aimedPackets() throws(KernelError) -> UInt64?
    /// Takes all of it out of an interface from whatever state a death has left.
    func reversal(of interface: String, index: Int32, prior: QueueingTree) -> Reversal
    /// One sentence for each thing of ours that is not in the tree of the interface, and is there.
    func residue() throws(KernelError) -> [String]
}

extension PortNetem: NetemControl {
    var direction: PacketSelection.Direction { .egress }

    func aimedPackets() throws(KernelError) -> UInt64? {
        try (steering as? NftablesSteering)?.counts()?.reduce(0) { $0 + $1.packets }
    }

    func reversal(of interface: String, index: Int32, prior: QueueingTree) -> Reversal {
        .queueing(of: interface, index: index, handle: handle, prior: prior)
    }

    /// Nothing: steering of its own ends with the tree, or with the drill.
    func residue() -> [String] { [] }
}

extension IngressNetem: NetemControl {
    var direction: PacketSelection.Direction { .ingress }

    func install(over prior: QueueingTree) throws(KernelError) { try install() }

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
