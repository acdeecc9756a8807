import Glibc
import Kernel
import Playbooks
import Records

/// netem on an interface of the host that the playbook names, once for each direction.
struct InterfaceShape {
    private let packets: PacketSelection
    private let index: Int32
    private let host: HostCapabilities

    /// Throws ``FaultError`` with all that stands in the way; touches nothing.
    init(_ packets: PacketSelection, host: HostCapabilities, limits: Limits) throws {
        let obstacles = try Self.obstacles(packets, host: host, limits: limits)
        guard obstacles.isEmpty else {
            throw FaultError(
                attempted: "shape packets by netem", object: packets.interface,
                reason: obstacles.joined(separator: ", "),
                remedy: "firedrill doctor says what this host can do")
        }
        self.packets = packets
        self.host = host
        index = try NetworkInterface.index(of: packets.interface)
    }

    private static func obstacles(
        _ packets: PacketSelection, host: HostCapabilities, limits: Limits
    ) throws -> [String] {
        var obstacles: [String] = []
        if !host.netem.isPresent {
            obstacles.append("sch_netem is absent (\(host.netem.reason))")
        }
        if !host.networkAdministration.isPresent { obstacles.append("CAP_NET_ADMIN is missing") }
        if !limits.interfaces.contains(packets.interface) {
            obstacles.append("limits.interfaces does not name \(packets.interface)")
        }
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
        return obstacles
    }

    /// How it is done, for plans and records.
    var note: String {
        let ways = packets.directions.map { direction in
            switch direction {
            case .egress:
                "what goes out over \(packets.interface) is "
                    + SteeringChoice(host: host).note
            case .ingress:
                "what comes in over \(packets.interface) is led through an ifb of the drill's own "
                    + "by u32 filters"
            }
        }
        return ways.joined(separator: "; ")
            + "; frames without a protocol go through the same netem as a trial"
    }

    /// - Parameter sockets: the TCP sockets of this host, among which are people's own sessions.
    func injector(
        _ shape: ShapeArguments, identifier: String, duration: Duration,
        sockets: [SocketTableEntry], context: FaultContext
    ) throws -> any Injector {
        for direction in packets.directions {
            if let objection = ControlPath(sockets: sockets)
                .objection(to: packets.aims(direction), direction)
            {
                throw FaultError(
                    attempted: "aim at packets", object: packets.interface, reason: objection,
                    remedy: "name a port or another range of addresses")
            }
        }
        let injectors = packets.directions.map { direction in
            injector(
                direction, shape,
                identifier: direction == .egress ? identifier : "\(identifier)-ingress",
                duration: duration, context: context)
        }
        guard injectors.count == 2 else { return injectors[0] }
        return InjectorPair(injectors[0], injectors[1])
    }

    private func injector(
        _ direction: PacketSelection.Direction, _ shape: ShapeArguments, identifier: String,
        duration: Duration, context: FaultContext
    ) -> ShapeInjector {
        let handle = PortNetem.handle(ofProcess: getpid())
        let aims = packets.aims(direction)
        let life: NetemLife
        let aimed: @Sendable () throws -> FrameSocket
        switch direction {
        case .egress:
            life = .outgoing(
                over: packets.interface, index: index, aims: aims, parameters: shape.parameters,
                context: context)
            aimed = { [index] in
                try FrameSocket(interface: index, priority: handle | 4)
            }
        case .ingress:
            let redirect = IngressRedirect(
                interface: index, aims: aims,
                device: IngressRedirect.device(ofProcess: getpid(), interface: index))
            let netem = IngressNetem(
                redirect: redirect, parameters: shape.parameters, handle: handle)
            life = NetemLife(
                interface: packets.interface, index: index, control: netem,
                longestDelay: shape.parameters.longestDelay, context: context)
            // Before and after there is no ifb, and the interface itself is the undisturbed way.
            aimed = { [index] in
                try FrameSocket(
                    interface: try redirect.deviceIndex() ?? index, priority: netem.target)
            }
        }
        return ShapeInjector(
            identifier: identifier, duration: duration, parameters: shape.parameters, life: life,
            aim: FaultAim(
                backend: "netem", backendNote: note,
                objects: aims.map { .packets(interface: packets.interface, $0) },
                requested: shape.figures(lasting: duration)),
            aimed: FrameFlow(open: aimed, now: context.now, sleep: context.sleep),
            beside: FrameFlow(
                open: { [index] in try FrameSocket(interface: index) }, now: context.now,
                sleep: context.sleep),
            needsAimedPackets: true)
    }
}
