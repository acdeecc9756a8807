import Kernel
public import Playbooks
public import Records
public import Systems

/// Resets open connections of a link, of a node, or over an interface, and never a listener:
/// `network.reset`.
///
/// In the kernel by SOCK_DESTROY where it can, otherwise by the proxies that carry the links. The
/// clients get ECONNRESET, and may connect anew at once.
public struct NetworkReset: Fault {
    /// How often and how long resets are repeated.
    struct Repetition: Sendable, Equatable {
        var period: Duration
        var duration: Duration
    }

    public static let declaration = KindDeclaration(
        kind: "network.reset",
        summary: "Resets open TCP connections of a link, a node or an interface, never a listener.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "share", .ratio, "How many of the open connections are reset; at least one.",
                default: .ratio(.percent(100))),
            ParameterDeclaration(
                "every", .duration,
                "Resets them again and again for the step's 'for'; left out, once."),
            ParameterDeclaration(
                "backend", .choice(["auto", "sock_diag", "proxy"]),
                "How connections are reset; auto takes sock_diag where it can.",
                default: .string("auto")),
        ], selectsPackets: true)

    public static let backends = [
        BackendNeeds("sock_diag", [.socketReset, .networkAdministration]), BackendNeeds("proxy"),
    ]

    public let identifier: String
    public let step: FaultStep
    private let selector: Selector
    private let share: Double
    private let repetition: Repetition?
    private let backend: String
    /// For connections over an interface; nil for those of the testbed.
    private let packets: PacketReset?

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        backend = step.arguments.string("backend") ?? "auto"
        share = step.arguments.ratio("share")?.fraction ?? 1
        guard let selector = step.selector else {
            throw step.problem("it is aimed at nothing", "say 'on: { link: clients to primary }'")
        }
        self.selector = selector
        packets = try selector.packets.map {
            try PacketReset($0, step: step, limits: limits)
        }
        if selector.namesProcess || selector.path != nil {
            throw step.problem(
                "only connections of the testbed can be reset",
                "name a link, a role or a node")
        }
        guard share > 0, share <= 1 else {
            throw step.problem("the share is not over 0 % and up to 100 %", "set 'share: 50 %'")
        }
        switch (step.arguments.duration("every"), step.duration) {
        case (nil, nil): repetition = nil
        case (let period?, let duration?):
            guard period >= .milliseconds(50), period < duration else {
                throw step.problem(
                    "'every' must be at least 50 ms and less than 'for'",
                    "set 'every: 1 s' and 'for: 10 s'")
            }
            repetition = Repetition(period: period, duration: duration)
        case (_?, nil):
            throw step.problem("it does not say how long", "add 'for: 10 s'")
        case (nil, _?):
            throw step.problem(
                "a single reset is over at once", "add 'every: 1 s', or leave out 'for'")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let times = repetition.map {
            " every \(DurationText($0.period)) for \(DurationText($0.duration))"
        }
        var planned = Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(Int((share * 100).rounded())) % of the open connections"
                + (times ?? ", once"),
            objects: packets?.objects.map(\.description) ?? [
                NodeSelection.text(of: selector) + ", resolved when the step begins"
            ])
        do {
            if let packets {
                try packets.place(host: host).check()
                planned.backend = ResetBackendChoice.Backend.kernel.rawValue
                planned.backendNote = PacketReset.note
                return planned
            }
            let choice = try choose(host: host)
            planned.backend = choice.backend.rawValue
            planned.backendNote = choice.note
        } catch {
            planned.backendNote = "\(error)"
        }
        return planned
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        if let packets {
            let place = try packets.place(host: context.host)
            let table = SocketTable(namespace: place.descriptor)
            return ResetInjector(
                identifier: identifier, aims: [try packets.aim(at: place, context: context)],
                backend: KernelReset(table: table), note: PacketReset.note,
                choice: ResetChoice(share: share, seed: context.seed, stream: identifier),
                repetition: repetition, context: context, table: table, place: place)
        }
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed whose connections could be reset", "")
        }
        let choice = try choose(host: context.host)
        let aims = try ResetAim.aims(
            of: selector, backend: choice.backend, links: testbed.links,
            nodes: await testbed.nodes(), seed: context.seed, stream: identifier)
        let resetting: any ResetBackend =
            switch choice.backend {
            case .kernel: KernelReset(table: SocketTable())
            case .proxy: ProxyReset(proxies: aims.flatMap(\.proxies))
            }
        return ResetInjector(
            identifier: identifier, aims: aims, backend: resetting, note: choice.note,
            choice: ResetChoice(share: share, seed: context.seed, stream: identifier),
            repetition: repetition, context: context)
    }

    private func choose(host: HostCapabilities) throws -> ResetBackendChoice {
        try ResetBackendChoice(
            asked: backend, host: host, kernel: try KernelAnswer.socketReset())
    }
}
