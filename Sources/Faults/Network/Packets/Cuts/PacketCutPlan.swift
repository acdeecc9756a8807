import Playbooks
import Records

/// A cut of packets over an interface that the playbook names, for every fault that makes one.
struct PacketCutPlan: Sendable {
    let step: FaultStep
    let identifier: String
    let limits: Limits
    let duration: Duration
    private let packets: PacketSelection
    private let loss: PacketCut.Loss

    /// Throws ``FaultError`` for what nobody could cut.
    ///
    /// - Parameter directions: which ways, where the fault itself says so.
    init(
        _ selector: PacketSelector, step: FaultStep, identifier: String, limits: Limits,
        loss: PacketCut.Loss, directions: [PacketSelection.Direction]? = nil
    ) throws {
        self.step = step
        self.identifier = identifier
        self.limits = limits
        self.loss = loss
        if step.arguments.string("backend") == "proxy" {
            throw step.problem(
                "no proxy carries the packets of an interface", "leave 'backend' out")
        }
        let transports: PacketSelection.Transports =
            switch loss {
            case .everything: .all
            case .payload: .withPorts
            case .refused: .connections
            }
        packets = try PacketSelection(
            selector, step: step, directions: directions, transports: transports)
        guard let duration = step.duration, duration >= .seconds(2) else {
            throw step.problem(
                "it takes two seconds to prove that nothing passes", "add 'for: 5 s'")
        }
        self.duration = duration
    }

    /// What would be done, in one sentence with its objects; touches nothing.
    func planned(summary: String, host: HostCapabilities) -> Plan.PlannedStep {
        var planned = Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(summary) for \(DurationText(duration))",
            objects: packets.located.objects.map(\.description))
        do {
            try place(host: host).check()
            planned.backend = "nftables"
            planned.backendNote = note
        } catch {
            planned.backendNote = "\(error)"
        }
        return planned
    }

    /// Throws when packets of people's own sessions are among those aimed at.
    func injector(in context: FaultContext) throws -> any Injector {
        let place = try place(host: context.host)
        let control = try place.checkControlPath()
        return place.watched(
            PacketCutInjector(
                identifier: identifier, duration: duration, place: place, loss: loss, note: note,
                sparing: control.ports, context: context), context: context)
    }

    private var note: String {
        switch loss {
        case .everything, .payload:
            "packets vanish where they meet \(packets.place), so that their senders are not told; "
                + "the table ends with the drill"
        case .refused:
            "connections of this host's own sockets get a reset, and what it forwards passes; "
                + "the table ends with the drill"
        }
    }

    /// Refusals are made where sockets send and receive, and other cuts at the interface.
    private func needs(_ host: HostCapabilities) -> [HostCapabilities.Capability] {
        switch loss {
        case .refused: [host.nftables]
        case .everything, .payload: [host.nftables, host.deviceHooks]
        }
    }

    private func place(host: HostCapabilities) throws -> PacketPlace {
        try PacketPlace(
            packets, by: .rules, host: host, limits: limits, attempted: "cut packets by nftables",
            lacks: needs(host).filter { !$0.isPresent }.map(\.description))
    }
}
