import Kernel
import Playbooks
import Records

/// netem on an interface that the playbook names, once for each direction.
struct InterfaceShape {
    private let place: PacketPlace

    /// What it takes on an interface, by direction.
    static let backends = [
        BackendNeeds("netem, interface", [.netem, .networkAdministration]),
        BackendNeeds(
            "netem, ingress",
            [.netem, .ingressRedirection, .networkAdministration, .systemAdministration]),
    ]

    /// Throws ``FaultError`` with all that stands in the way; touches nothing.
    init(_ packets: PacketSelection, host: HostCapabilities, limits: Limits) throws {
        place = try PacketPlace(
            packets, by: .queueing, host: host, limits: limits,
            attempted: "shape packets by netem",
            lacks: host.netem.isPresent ? [] : ["sch_netem is absent (\(host.netem.reason))"])
    }

    /// How it is done, for plans and records.
    var note: String {
        place.steeringNote + "; frames without a protocol go through the same netem as a trial"
    }

    /// Throws with what is on the interface already and in the way; touches nothing.
    func check() throws { try place.check() }

    /// Throws when packets of people's own sessions are among those aimed at.
    func injector(
        _ shape: ShapeArguments, identifier: String, duration: Duration, context: FaultContext
    ) throws -> any Injector {
        let control = try place.checkControlPath()
        let injectors = place.packets.directions.map { direction in
            injector(
                direction, shape, sparing: control.ports,
                identifier: direction == .egress ? identifier : "\(identifier)-ingress",
                duration: duration, context: context)
        }
        let whole: any Injector =
            injectors.count == 2 ? InjectorPair(injectors[0], injectors[1]) : injectors[0]
        return place.watched(whole, context: context)
    }

    private func injector(
        _ direction: PacketSelection.Direction, _ shape: ShapeArguments,
        sparing spared: [UInt16], identifier: String, duration: Duration, context: FaultContext
    ) -> ShapeInjector {
        let parameters = shape.parameters
        let queueing = place.queueing(
            PortNetem(interface: 0, aims: [], parameters: parameters), direction,
            longestDelay: parameters.longestDelay + parameters.longestDebt, sparing: spared,
            context: context)
        let filling = parameters.rate.map { _ in
            RateFilling(
                headers: FrameTraffic.headers, now: context.now, sleep: context.sleep
            ) {
                FrameTraffic(aimed: try queueing.aimed(), beside: try queueing.beside())
            }
        }
        return ShapeInjector(
            identifier: identifier, duration: duration, parameters: parameters,
            life: queueing.life,
            aim: FaultAim(
                backend: "netem", backendNote: note, objects: place.objects(direction),
                requested: shape.figures(lasting: duration)),
            aimed: FrameFlow(open: queueing.aimed, now: context.now, sleep: context.sleep),
            beside: FrameFlow(open: queueing.beside, now: context.now, sleep: context.sleep),
            needsAimedPackets: true, filling: filling)
    }
}
