import Kernel

/// The kernel's hand on one netem with its steering, as faults use it.
///
/// Each call takes microseconds; see ``PortNetem``.
protocol NetemControl: Sendable {
    /// The handle of the root qdisc.
    var handle: UInt32 { get }
    /// The qdiscs of the interface; throws when they would not come back by themselves.
    func snapshot() throws(KernelError) -> [Qdisc]
    /// The qdiscs of the interface as they are.
    func qdiscs() throws(KernelError) -> [Qdisc]
    /// Puts all of it in, or nothing.
    func install() throws(KernelError)
    func readBack() throws(KernelError) -> NetemReading
    /// Nil where it is not in.
    func statistics() throws(KernelError) -> QdiscStatistics?
    /// Lets new packets pass netem by.
    func unsteer() throws(KernelError)
    func remove() throws(KernelError)
}

extension PortNetem: NetemControl {}
