public import Playbooks
public import Records
public import Systems

/// Delays what flows over links of the testbed: `network.delay`.
///
/// By netem where the kernel has it, the rights are there and the limits name the interface,
/// otherwise by the proxies that carry the links. Either way one direction is delayed, from the
/// link's source to its destination, so that a round trip takes `delay` longer. Packets of an
/// interface are delayed by netem alone, in each direction that is named.
public struct NetworkDelay: Fault {
    public static let declaration = KindDeclaration(
        kind: "network.delay",
        summary: "Delays what flows over a link, or the packets of an interface, one way.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "delay", .duration, "How much longer a round trip takes.", isRequired: true),
            ParameterDeclaration(
                "jitter", .duration, "The delay varies by up to this much, evenly.",
                default: .duration(.zero)),
            ParameterDeclaration(
                "backend", .choice(["auto", "netem", "proxy"]),
                "How the delay is made; auto takes netem where it can.",
                default: .string("auto")),
        ], selectsPackets: true)

    public static let backends =
        [
            BackendNeeds("netem", [.netem, .networkAdministration]), BackendNeeds("proxy"),
        ] + InterfaceShape.backends

    public let identifier: String
    public let step: FaultStep
    private let delay: Duration
    private let jitter: Duration
    private let duration: Duration
    private let backend: String
    private let aim: NetworkAim
    private let limits: Limits

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        self.limits = limits
        backend = step.arguments.string("backend") ?? "auto"
        jitter = step.arguments.duration("jitter") ?? .zero
        guard let delay = step.arguments.duration("delay"), delay > .zero else {
            throw step.problem("the delay must be more than nothing", "set 'delay: 100 ms'")
        }
        self.delay = delay
        aim = try NetworkAim(step)
        duration = try step.requiredDuration()
        if jitter > delay {
            throw step.problem(
                "the jitter is more than the delay", "no packet arrives before it is sent")
        }
        if delay > .seconds(60) {
            throw step.problem("the delay is more than a minute", "use a shorter one")
        }
        if duration < delay * 5 {
            throw step.problem(
                "no five round trips fit into its time, so it could not be proven",
                "make 'for' at least \(DurationText(delay * 8))")
        }
        if case .packets = aim { try checkPackets() }
    }

    private func checkPackets() throws {
        if backend == "proxy" {
            throw step.problem(
                "no proxy carries the packets of an interface", "leave 'backend' out")
        }
        let needed = NetworkShape.neededTime(try ShapeArguments(step, seed: 0).parameters)
        guard duration >= needed else {
            throw step.problem(
                "it does not last long enough to be seen in its effect",
                "make 'for' at least \(DurationText(needed))")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        var step = Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(DurationText(delay)) ± \(DurationText(jitter))"
                + " for \(DurationText(duration))",
            objects: aim.objects)
        do {
            if case .packets(let packets) = aim {
                let shape = try InterfaceShape(packets, host: host, limits: limits)
                try shape.check()
                step.backendNote = shape.note
                step.backend = "netem"
                return step
            }
            let choice = try DelayBackendChoice(
                asked: backend, host: host, limits: limits,
                obstacle: host.netem.isPresent ? NetemDelay.obstacle : nil)
            step.backend = choice.backend.rawValue
            step.backendNote = choice.note
        } catch {
            step.backendNote = "\(error)"
        }
        return step
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        switch aim {
        case .link(let link): return try await resolve(link, context)
        case .packets(let packets):
            return try InterfaceShape(packets, host: context.host, limits: context.limits)
                .injector(
                    try ShapeArguments(step, seed: context.seed), identifier: identifier,
                    duration: duration, context: context)
        }
    }

    private func resolve(
        _ link: Selector.Link, _ context: FaultContext
    ) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed whose links could be delayed", "")
        }
        let nodes = await testbed.nodes()
        let links = try LinkSelection(link: link).links(among: testbed.links, nodes: nodes)
        let choice = try DelayBackendChoice(
            asked: backend, host: context.host, limits: context.limits,
            obstacle: context.host.netem.isPresent ? NetemDelay.obstacle : nil)
        let delaying: any DelayBackend =
            switch choice.backend {
            case .proxy: ProxyDelay(links: links, delay: delay, jitter: jitter)
            case .netem:
                try NetemDelay(links: links, delay: delay, jitter: jitter, context: context)
            }
        let trips = RoundTrips(
            testbed: testbed, links: links, deadline: .seconds(1) + (delay + jitter) * 4,
            now: context.now, sleep: context.sleep)
        let spared = testbed.links.filter { link in !links.contains { $0.name == link.name } }
        let beside = RoundTrips(
            testbed: testbed, links: spared, deadline: .seconds(1), now: context.now,
            sleep: context.sleep)
        return DelayInjector(
            identifier: identifier, duration: duration, delay: delay, jitter: jitter,
            backend: delaying, note: choice.note, trips: trips,
            beside: spared.isEmpty ? nil : beside)
    }
}
