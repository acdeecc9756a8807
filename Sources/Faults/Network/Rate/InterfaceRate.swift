import Kernel
import Playbooks
import Records

/// A bound on the rate of packets over an interface that the playbook names, for each direction.
struct InterfaceRate {
    private let place: PacketPlace
    private let arguments: RateArguments

    /// Throws ``FaultError`` with all that stands in the way; touches nothing.
    init(
        _ packets: PacketSelection, _ arguments: RateArguments, host: HostCapabilities,
        limits: Limits
    ) throws {
        let arguments = arguments.chosen(for: host)
        place = try PacketPlace(
            packets, by: .queueing, host: host, limits: limits, attempted: "bound the rate",
            lacks: arguments.lacks(host))
        self.arguments = arguments
    }

    /// How it is done, for plans and records.
    var note: String {
        place.steeringNote + "; frames without a protocol fill the class where nothing else does, "
            + "until its rate is measured"
    }

    /// Throws with what is on the interface already and in the way; touches nothing.
    func check() throws { try place.check() }

    /// Throws when packets of people's own sessions are among those aimed at.
    func injector(
        identifier: String, duration: Duration, context: FaultContext
    ) throws -> any Injector {
        let control = try place.checkControlPath()
        let injectors = place.packets.directions.map { direction in
            let queueing = place.queueing(
                arguments.tree([]), direction, longestDelay: arguments.longestDebt,
                sparing: control.ports, context: context)
            return RateInjector(
                identifier: direction == .egress ? identifier : "\(identifier)-ingress",
                path: "\(place.packets.place), \(direction.rawValue)", rate: arguments.rate,
                duration: duration, life: queueing.life,
                aim: FaultAim(
                    backend: arguments.backend.rawValue, backendNote: note,
                    objects: place.objects(direction),
                    requested: arguments.rate.figures(lasting: duration)),
                needsAimedPackets: true, context: context, headers: FrameTraffic.headers
            ) {
                FrameTraffic(aimed: try queueing.aimed(), beside: try queueing.beside())
            }
        }
        let whole: any Injector =
            injectors.count == 2 ? InjectorPair(injectors[0], injectors[1]) : injectors[0]
        return place.watched(whole, context: context)
    }
}

extension NetemRate {
    /// What is asked, for the record.
    func figures(lasting duration: Duration) -> [Figure] {
        [
            Figure("bytes a second", Double(bytesPerSecond), unit),
            Figure("duration", Double(duration.nanoseconds), .nanoseconds),
        ]
    }
}
