/// A way to lead aimed packets, and no others, into one class of a root qdisc of ours.
///
/// It goes in last and comes out first: without it the class is there, and nothing reaches it.
public protocol Steering: Sendable {
    /// `nftables` or `u32`, for plans and records.
    var name: String { get }

    /// Why it cannot tell the packets of an aim from all others; nil when it can.
    func objection(to aim: PacketAim) -> String?

    /// Leads the packets of all aims to a place where nothing is led yet.
    func steer(_ aims: [PacketAim], to place: SteeringPlace) throws(KernelError)

    /// One sentence for each thing that is not in the kernel as ``steer(_:to:)`` put it there.
    func differences() throws(KernelError) -> [String]

    /// Lets new packets pass by the place; nothing there is no error.
    func unsteer(from place: SteeringPlace) throws(KernelError)
}

/// Where steering leads to.
public struct SteeringPlace: Sendable, Hashable {
    /// The index of the interface.
    public var interface: Int32
    /// The handle of its root qdisc.
    public var root: UInt32
    /// The class of the root qdisc.
    public var target: UInt32
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?

    public init(interface: Int32, root: UInt32, target: UInt32, namespace: Int32? = nil) {
        self.interface = interface
        self.root = root
        self.target = target
        self.namespace = namespace
    }
}
