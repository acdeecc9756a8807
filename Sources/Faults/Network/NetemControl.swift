import Kernel

/// The kernel's hand on one netem with its steering, as faults use it.
///
/// Each call takes microseconds; see ``PortNetem``.
protocol NetemControl: Sendable {
    /// The handle of the root qdisc.
    var handle: UInt32 { get }
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
}

extension PortNetem: NetemControl {}
