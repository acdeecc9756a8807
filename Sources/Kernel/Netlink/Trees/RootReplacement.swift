private import CNetlink
import Glibc

/// The exchange of an interface's root qdisc for one of ours, and back.
///
/// Every method opens a socket of its own, in the calling thread's network namespace or the given
/// one, and needs CAP_NET_ADMIN where it changes something.
public struct RootReplacement: Sendable, Hashable {
    /// What became of an interface.
    public enum Restoration: Sendable, Hashable {
        /// Everything is as it was, byte for byte.
        case same
        /// The interface does not exist any more, and nothing on it.
        case interfaceGone
        /// One sentence for each thing that is otherwise.
        case different([String])
    }

    /// The index of the interface.
    public var interface: Int32
    /// The handle of our root qdisc.
    public var handle: UInt32
    /// A descriptor of the network namespace; nil for the calling thread's.
    public var namespace: Int32?

    public init(interface: Int32, handle: UInt32, namespace: Int32? = nil) {
        self.interface = interface
        self.handle = handle
        self.namespace = namespace
    }

    /// What is on the interface, when it can be put back as it is.
    ///
    /// The kernel's defaults come back by themselves. Anything else is made again in a namespace of
    /// its own first, which needs CAP_SYS_ADMIN; throws when it does not come out the same, and
    /// when another drill is at work there.
    public func snapshot() throws(KernelError) -> QueueingTree {
        let socket = try NetlinkSocket(namespace: namespace)
        guard try socket.hasLink(interface) else {
            throw KernelError(
                call: "list the qdiscs", object: "interface \(interface)", reason: .errno(ENODEV))
        }
        let tree = try socket.tree(ofInterface: interface)
        if let root = tree.root, Self.isOfDrill(root.handle) {
            throw KernelError(
                call: "replace the root qdisc", object: "interface \(interface)",
                reason: .refused("a fault has put \(root) there"),
                remedy: "another drill is at work there, or run firedrill revert")
        }
        try TreeRehearsal.check(tree, ofInterface: interface, socket)
        return tree
    }

    /// What is on the interface.
    public func tree() throws(KernelError) -> QueueingTree {
        try NetlinkSocket(namespace: namespace).tree(ofInterface: interface)
    }

    /// Whether a root qdisc with this handle is one that faults put in.
    static func isOfDrill(_ handle: UInt32) -> Bool { (0x4000..<0x8000).contains(handle >> 16) }

    /// Puts our root in, with the prior tree beneath it, and then what `fill` does.
    ///
    /// Throws when the interface is not as in `prior` any more. After a failure nothing of ours is
    /// left, and the prior tree is back.
    ///
    /// - Parameters:
    ///   - shelter: the class of ours that the prior tree goes on working in.
    ///   - prepare: makes that class, where the kind does not bring it along.
    func install(
        _ kind: String, over prior: QueueingTree, shelter: UInt32,
        options: (borrowing NetlinkMessage) throws(KernelError) -> Void,
        prepare: (borrowing NetlinkSocket) throws(KernelError) -> Void,
        fill: (borrowing NetlinkSocket) throws(KernelError) -> Void
    ) throws(KernelError) {
        let socket = try NetlinkSocket(namespace: namespace)
        if let change = try socket.tree(ofInterface: interface).differences(from: prior).first {
            throw KernelError(
                call: "replace the root qdisc", object: "interface \(interface)",
                reason: .refused("somebody has changed it meanwhile: \(change)"))
        }
        try socket.createQdisc(
            kind, interface: interface, handle: handle, parent: Qdisc.root,
            replacing: !prior.isDefault, options: options)
        // From here on a root qdisc of this handle is this one's own.
        do {
            try prepare(socket)
            try socket.build(prior, onInterface: interface, rootParent: shelter)
            try fill(socket)
        } catch {
            _ = try restore(prior, socket)
            throw error
        }
    }

    /// Takes our root out and puts the prior tree back, from whatever state a death has left.
    ///
    /// What somebody else has put there since stays, and is among the differences.
    public func restore(_ prior: QueueingTree) throws(KernelError) -> Restoration {
        try restore(prior, NetlinkSocket(namespace: namespace))
    }

    private func restore(
        _ prior: QueueingTree, _ socket: borrowing NetlinkSocket
    ) throws(KernelError) -> Restoration {
        guard try socket.hasLink(interface) else { return .interfaceGone }
        let now = try socket.tree(ofInterface: interface)
        let root = now.root?.handle ?? 0
        // A root that was being put back when somebody died is begun again.
        let isOurs =
            root == handle || now.isDefault && !prior.isDefault
            || !now.isDefault && now != prior && now.isPart(of: prior)
        if isOurs {
            if root != 0 { try socket.deleteRootQdisc(ofInterface: interface, handle: root) }
            try socket.build(prior, onInterface: interface)
        }
        let differences = try socket.tree(ofInterface: interface).differences(from: prior)
        return differences.isEmpty ? .same : .different(differences)
    }
}
