/// A root tree of ours for chosen packets that come in over one interface, and for no others.
///
/// They are led through an ifb of ours, whose root becomes the tree's.
public struct IngressQueueing: Sendable {
    public let redirect: IngressRedirect
    private let model: any RootTree

    /// - Parameter tree: what the packets meet; its interface, aims and steering are the redirect's.
    public init(redirect: IngressRedirect, tree: any RootTree) {
        self.redirect = redirect
        var model = tree
        model.aims = redirect.aims
        model.namespace = redirect.namespace
        model.steering = FilterSteering()
        self.model = model
    }

    public var kind: String { model.kind }
    public var handle: UInt32 { model.handle }
    /// The class that a packet on the ifb needs as its priority to meet the tree.
    public var target: UInt32 { model.target }

    private func tree(on device: Int32) -> any RootTree {
        var tree = model
        tree.interface = device
        return tree
    }

    private func deviceTree() throws(KernelError) -> (any RootTree)? {
        guard let device = try redirect.deviceIndex() else { return nil }
        return tree(on: device)
    }

    /// What is on the interface, when what comes in over it may be redirected.
    public func snapshot() throws(KernelError) -> QueueingTree {
        try redirect.check()
        return try tree()
    }

    /// What is on the interface, on which nothing is changed that goes out.
    public func tree() throws(KernelError) -> QueueingTree {
        try NetlinkSocket(namespace: redirect.namespace).tree(ofInterface: redirect.interface)
    }

    /// Makes the ifb with its tree and, last, leads the packets there; all of it or nothing.
    public func install() throws(KernelError) {
        let tree = tree(on: try redirect.open())
        do {
            try tree.install(over: tree.snapshot())
            try redirect.steer()
        } catch {
            // Steering that failed has left nothing, and what else is there is somebody's.
            try redirect.close()
            throw error
        }
    }

    /// Reads the tree and the redirection back and compares them with what was asked.
    public func readBack() throws(KernelError) -> QueueingReading {
        guard let tree = try deviceTree() else {
            return QueueingReading(differences: ["\(redirect.device) is missing"])
        }
        var reading = try tree.readBack()
        reading.differences += try redirect.differences()
        return reading
    }

    /// What passed the tree's class; nil where it is not in.
    public func statistics() throws(KernelError) -> QdiscStatistics? {
        try deviceTree()?.statistics()
    }

    /// Lets new packets come in as ever; what is in the tree leaves in its order.
    public func subside() throws(KernelError) {
        try redirect.unsteer()
        try deviceTree()?.subside()
    }

    /// Takes everything of ours out; nothing there is no error.
    public func remove() throws(KernelError) -> RootReplacement.Restoration {
        let left = try redirect.remove()
        let socket = try NetlinkSocket(namespace: redirect.namespace)
        guard try socket.hasLink(redirect.interface) else { return .interfaceGone }
        return left.isEmpty ? .same : .different(left)
    }
}
