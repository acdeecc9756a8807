/// netem for chosen packets that come in over one interface, and for no others.
///
/// They are led through an ifb of ours, whose root becomes ``PortNetem``'s.
public struct IngressNetem: Sendable {
    public let redirect: IngressRedirect
    public let parameters: NetemParameters
    public let handle: UInt32

    public init(redirect: IngressRedirect, parameters: NetemParameters, handle: UInt32) {
        self.redirect = redirect
        self.parameters = parameters
        self.handle = handle
    }

    private func netem(on device: Int32) -> PortNetem {
        var netem = PortNetem(
            interface: device, aims: redirect.aims, parameters: parameters,
            namespace: redirect.namespace)
        netem.handle = handle
        return netem
    }

    private func netem() throws(KernelError) -> PortNetem? {
        guard let device = try redirect.deviceIndex() else { return nil }
        return netem(on: device)
    }

    /// The class that a packet on the ifb needs as its priority to meet netem.
    public var target: UInt32 { handle | 4 }

    /// What is on the interface, when what comes in over it may be redirected.
    public func snapshot() throws(KernelError) -> QueueingTree {
        try redirect.check()
        return try tree()
    }

    /// What is on the interface, on which nothing is changed that goes out.
    public func tree() throws(KernelError) -> QueueingTree {
        try NetlinkSocket(namespace: redirect.namespace).tree(ofInterface: redirect.interface)
    }

    /// Makes the ifb with its netem and, last, leads the packets there; all of it or nothing.
    public func install() throws(KernelError) {
        let device = try redirect.open()
        do {
            try netem(on: device).install()
            try redirect.steer()
        } catch {
            // Steering that failed has left nothing, and what else is there is somebody's.
            try redirect.close()
            throw error
        }
    }

    /// Reads netem and the redirection back and compares them with what was asked.
    public func readBack() throws(KernelError) -> NetemReading {
        guard let netem = try netem() else {
            return NetemReading(differences: ["\(redirect.device) is missing"])
        }
        var reading = try netem.readBack()
        reading.differences += try redirect.differences()
        return reading
    }

    /// What netem has done; nil where it is not in.
    public func statistics() throws(KernelError) -> QdiscStatistics? {
        try netem()?.statistics()
    }

    /// Lets new packets come in as ever; what is in netem leaves in its time.
    public func unsteer() throws(KernelError) { try redirect.unsteer() }

    /// Takes everything of ours out; nothing there is no error.
    public func remove() throws(KernelError) -> RootReplacement.Restoration {
        let left = try redirect.remove()
        let socket = try NetlinkSocket(namespace: redirect.namespace)
        guard try socket.hasLink(redirect.interface) else { return .interfaceGone }
        return left.isEmpty ? .same : .different(left)
    }
}
