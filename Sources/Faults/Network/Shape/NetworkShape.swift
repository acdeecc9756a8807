import Glibc
import Kernel
public import Playbooks
public import Records
public import Systems

/// Loses, doubles, damages, reorders and delays the packets of links: `network.shape`.
///
/// By netem alone: over a TCP proxy no packet can be lost or doubled, for TCP itself mends both.
public struct NetworkShape: Fault {
    public static let declaration = KindDeclaration(
        kind: "network.shape",
        summary: "Loses, doubles, damages, reorders or delays the packets of a link.",
        selector: .required, parameters: ShapeArguments.declarations, selectsPackets: true)

    public static let backends =
        [BackendNeeds("netem", [.netem, .networkAdministration])] + InterfaceShape.backends

    public let identifier: String
    public let step: FaultStep
    private let duration: Duration
    private let aim: NetworkAim
    private let limits: Limits

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        self.limits = limits
        let shape = try ShapeArguments(step, seed: 0)
        guard !shape.words.isEmpty else {
            throw step.problem(
                "it does nothing",
                "say 'loss: 5 %', or delay, duplicate, corrupt, reorder, bytes_per_second")
        }
        aim = try NetworkAim(step)
        let needed = Self.neededTime(shape.parameters)
        guard let duration = step.duration, duration >= needed else {
            throw step.problem(
                "it does not last long enough to be seen in its effect",
                "make 'for' at least \(DurationText(needed))")
        }
        self.duration = duration
    }

    /// How long trial packets take to show every effect often enough.
    static func neededTime(_ parameters: NetemParameters) -> Duration {
        let packets = ShapeEffects(parameters).packets(toSee: 2 * ShapeJudgement.neededEvents)
        // Whole seconds, which are what a person would write.
        let seconds = PacketFlow.period.seconds * packets + parameters.longestDelay.seconds * 2
        let forRate =
            parameters.rate == nil
            ? 0 : RateFilling.time(delay: parameters.longestDelay).seconds
        return .seconds(max(2, (seconds + forRate + 0.5).rounded(.up)))
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        var planned = Plan.PlannedStep(
            line: step.line, kind: step.kind, summary: step.name, objects: aim.objects)
        do {
            let shape = try ShapeArguments(step, seed: 0)
            planned.summary =
                "\(step.name): \(shape.words.joined(separator: ", ")) for \(DurationText(duration))"
            switch aim {
            case .link:
                try Self.requireNetem(host: host, limits: limits)
                planned.backendNote = Self.note(host: host)
            case .packets(let packets):
                let shape = try InterfaceShape(packets, host: host, limits: limits)
                try shape.check()
                planned.backendNote = shape.note
            }
            planned.backend = "netem"
        } catch {
            planned.backendNote = "\(error)"
        }
        return planned
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        switch aim {
        case .link(let link): return try await resolve(link, context)
        case .packets(let packets):
            let shape = try ShapeArguments(step, seed: context.seed)
            return try InterfaceShape(packets, host: context.host, limits: context.limits)
                .injector(
                    shape, identifier: identifier, duration: duration, context: context)
        }
    }

    private func resolve(
        _ link: Selector.Link, _ context: FaultContext
    ) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed whose links it could hit", "")
        }
        try Self.requireNetem(host: context.host, limits: context.limits)
        let nodes = await testbed.nodes()
        let links = try LinkSelection(link: link).links(among: testbed.links, nodes: nodes)
        let shape = try ShapeArguments(step, seed: context.seed)
        let flow = try PacketFlow(now: context.now, sleep: context.sleep)
        let beside = try PacketFlow(now: context.now, sleep: context.sleep)
        var traffic: DatagramTraffic?
        if shape.parameters.rate != nil { traffic = try DatagramTraffic() }
        let filling = traffic.map { traffic in
            RateFilling(
                headers: DatagramTraffic.headers, now: context.now, sleep: context.sleep
            ) { traffic }
        }
        let aims =
            try links.map { try $0.aim } + [flow.aim] + [traffic?.aim].compactMap { $0 }
        let life = try QueueingLife.onLoopback(
            PortNetem(interface: 0, aims: aims, parameters: shape.parameters),
            longestDelay: shape.parameters.longestDelay + shape.parameters.longestDebt,
            context: context)
        let aim = FaultAim(
            backend: "netem", backendNote: Self.note(host: context.host),
            objects: aims.map { .packets(interface: life.interface, $0) },
            requested: shape.figures(lasting: duration))
        return ShapeInjector(
            identifier: identifier, duration: duration, parameters: shape.parameters, life: life,
            aim: aim, aimed: flow, beside: beside, filling: filling)
    }

    private static func note(host: HostCapabilities) -> String {
        "packets to the node's port meet netem in the kernel, and with them a flow of trial packets"
            + "; " + SteeringChoice(host: host).note
    }

    private static func requireNetem(host: HostCapabilities, limits: Limits) throws {
        do {
            _ = try DelayBackendChoice(
                asked: "netem", host: host, limits: limits,
                obstacle: host.netem.isPresent ? NetemDelay.obstacle : nil)
        } catch let error as FaultError {
            throw FaultError(
                attempted: "shape packets by netem", object: error.object, reason: error.reason,
                remedy: "nothing else can: over a TCP proxy no packet is lost or doubled")
        }
    }
}

extension ShapeArguments {
    /// What is asked, for the record.
    func figures(lasting duration: Duration) -> [Figure] {
        [
            Figure("shape", 0, .none, text: words.joined(separator: ", ")),
            Figure("duration", Double(duration.nanoseconds), .nanoseconds),
        ]
    }
}
