import Glibc
import Kernel
import Playbooks

/// The interface that a playbook names, found, with the packets on it that a fault is for.
struct PacketPlace: Sendable {
    /// How a fault reaches its effect there.
    enum Means {
        /// A qdisc that packets are steered into.
        case queueing
        /// Rules of nf_tables alone.
        case rules
    }

    let packets: PacketSelection
    let index: Int32
    /// Held open as long as this lives; nil for the drill's own.
    let namespace: NamedNetworkNamespace?
    let host: HostCapabilities
    private let means: Means

    /// Throws ``FaultError`` with all that stands in the way; touches nothing.
    ///
    /// - Parameter lacks: what the fault itself misses on this host.
    init(
        _ packets: PacketSelection, by means: Means, host: HostCapabilities, limits: Limits,
        attempted: String, lacks: [String] = []
    ) throws {
        var obstacles = lacks
        if !host.networkAdministration.isPresent { obstacles.append("CAP_NET_ADMIN is missing") }
        if !limits.interfaces.contains(where: { InterfacePlace.areSame($0, packets.place) }) {
            obstacles.append("limits.interfaces does not name '\(packets.place)'")
        }
        if means == .queueing {
            try Self.addSteering(packets, host: host, to: &obstacles)
        }
        guard obstacles.isEmpty else {
            throw FaultError(
                attempted: attempted, object: packets.place,
                reason: obstacles.joined(separator: ", "),
                remedy: "firedrill doctor says what this host can do")
        }
        let found = try InterfacePlace(packets.interface, in: packets.namespace)
        if packets.hitsDrill(at: found) {
            throw FaultError(
                attempted: attempted, object: packets.place, reason: PacketSelection.hitsDrill,
                remedy: "name a 'port'")
        }
        self.packets = packets.named(by: found)
        self.host = host
        self.means = means
        namespace = found.namespace
        index = found.index
    }

    private static func addSteering(
        _ packets: PacketSelection, host: HostCapabilities, to obstacles: inout [String]
    ) throws {
        let steering = SteeringChoice(host: host).steering(onInterface: 0)
        if packets.directions.contains(.egress) {
            obstacles += Set(packets.aims(.egress).compactMap(steering.objection)).sorted()
        }
        // Asked last: it makes a namespace.
        if obstacles.isEmpty, packets.directions.contains(.ingress) {
            let answer = try IngressRedirect.capability()
            if answer.presence != .present {
                obstacles.append("what comes in takes an ifb: \(answer.evidence)")
            }
        }
    }

    /// A descriptor of the namespace; nil for the drill's own.
    var descriptor: Int32? { namespace?.descriptor.number }

    /// How packets are led to a qdisc, for plans and records.
    var steeringNote: String {
        let choice = SteeringChoice(host: host)
        let ways = packets.directions.map { direction in
            switch direction {
            case .egress:
                "what goes out over \(packets.place) is \(choice.note)"
                    + (choice.backend == .nftables
                        ? ""
                        : ", which do not count: without that no effect on the aim is proven")
            case .ingress:
                "what comes in over \(packets.place) is led through an ifb of the drill's own "
                    + "by u32 filters"
            }
        }
        return ways.joined(separator: "; ")
    }

    /// Throws when packets of a session over ssh are among those aimed at, or might come to be.
    @discardableResult
    func checkControlPath() throws -> ControlPath {
        let path = try ControlPath.read(namespace: descriptor)
        for direction in packets.directions {
            let aims = packets.aims(direction)
            let objection =
                path.objection(to: aims, direction)
                ?? (spares(direction) ? nil : path.objection(toUnsparing: aims, direction))
            if let objection {
                throw FaultError(
                    attempted: "aim at packets", object: packets.place, reason: objection,
                    remedy: "name a port or another range of addresses")
            }
        }
        return path
    }

    /// Whether rules of nf_tables, which can let ssh's packets pass, tell the packets.
    private func spares(_ direction: PacketSelection.Direction) -> Bool {
        switch (means, direction) {
        case (.rules, _): true
        case (.queueing, .egress): SteeringChoice(host: host).backend == .nftables
        case (.queueing, .ingress): false
        }
    }

    /// Throws with what is there already and in the way of a fault; touches nothing.
    ///
    /// Found out in time, it costs nobody a drill that can prove nothing.
    func check() throws {
        try checkControlPath()
        guard means == .queueing else { return }
        for direction in packets.directions {
            do throws(KernelError) {
                switch direction {
                case .egress:
                    _ = try RootReplacement(
                        interface: index, handle: PortNetem.handle(ofProcess: getpid()),
                        namespace: descriptor
                    ).snapshot()
                case .ingress: try redirect.check()
                }
            } catch {
                throw named(error, direction)
            }
        }
    }

    /// The error with the interface's name in the place of its number, and a way that leads on here.
    private func named(
        _ error: KernelError, _ direction: PacketSelection.Direction
    ) -> KernelError {
        var error = error
        error.object = "interface \(packets.place)"
        guard case .refused = error.reason, !error.remedy.contains("revert") else { return error }
        error.remedy =
            direction == .egress
            ? "take it out for the drill (tc qdisc show dev \(packets.interface)), or name "
                + "another interface"
            : "take it out for the drill (tc qdisc show dev \(packets.interface)), or aim at what "
                + "goes out: 'direction: egress'"
        return error
    }

    private var redirect: IngressRedirect {
        IngressRedirect(
            interface: index, aims: packets.aims(.ingress),
            device: IngressRedirect.device(ofProcess: getpid(), interface: index),
            namespace: descriptor)
    }

    /// The objects of one direction, for policies and records.
    func objects(_ direction: PacketSelection.Direction) -> [AimedObject] {
        packets.aims(direction).map { .packets(interface: packets.place, $0) }
    }

    /// A tree's life on the interface in one direction, and where frames enter it.
    func queueing(
        _ tree: any RootTree, _ direction: PacketSelection.Direction, longestDelay: Duration,
        sparing spared: [UInt16], context: FaultContext
    ) -> PacketQueueing {
        var tree = tree
        tree.aims = packets.aims(direction)
        tree.handle = PortNetem.handle(ofProcess: getpid())
        let target = tree.target
        switch direction {
        case .egress:
            return PacketQueueing(
                life: .outgoing(
                    tree, over: packets.interface, index: index, longestDelay: longestDelay,
                    namespace: namespace, sparing: spared, context: context),
                aimed: frames(priority: target) { [index] in index }, beside: frames { index })
        case .ingress:
            let redirect = redirect
            let life = QueueingLife(
                interface: packets.interface, index: index,
                control: IngressQueueing(redirect: redirect, tree: tree),
                longestDelay: longestDelay, namespace: namespace, context: context)
            // Before and after there is no ifb, and the interface itself is the undisturbed way.
            return PacketQueueing(
                life: life,
                aimed: frames(priority: target) { [index] in
                    try redirect.deviceIndex() ?? index
                }, beside: frames { index })
        }
    }

    private func frames(
        priority: UInt32 = 0, on index: @escaping @Sendable () throws -> Int32
    ) -> @Sendable () throws -> FrameSocket {
        { [namespace] in
            try FrameSocket(
                interface: try index(), priority: priority,
                namespace: namespace?.descriptor.number)
        }
    }
}

/// A root tree for one direction of a ``PacketPlace``, with frames through it and past it.
struct PacketQueueing {
    let life: QueueingLife
    let aimed: @Sendable () throws -> FrameSocket
    let beside: @Sendable () throws -> FrameSocket
}
