import Glibc
import Kernel
public import Playbooks
public import Records
public import Systems

/// Bounds how many bytes a second links or packets of an interface carry: `network.rate`.
///
/// By an htb class in the kernel that the packets are steered into, or by netem, which can count
/// overheads and cells. All packets of the selector share the rate, and headers count. What is too
/// much for htb waits, half a second of it at most, and is dropped beyond.
public struct NetworkRate: Fault {
    static let interface = "lo"

    public static let declaration = KindDeclaration(
        kind: "network.rate",
        summary: "Bounds how many bytes a second links or packets of an interface carry, one way.",
        selector: .required, parameters: RateArguments.declarations, selectsPackets: true)

    public static let backends = [
        BackendNeeds("htb", [.hierarchicalTokenBucket, .networkAdministration]),
        BackendNeeds("netem", [.netem, .networkAdministration]),
        BackendNeeds(
            "htb, ingress",
            [
                .hierarchicalTokenBucket, .ingressRedirection, .networkAdministration,
                .systemAdministration,
            ]),
    ]

    public let identifier: String
    public let step: FaultStep
    private let arguments: RateArguments
    private let duration: Duration
    private let aim: NetworkAim
    private let limits: Limits

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        self.limits = limits
        arguments = try RateArguments(step)
        aim = try NetworkAim(step)
        guard let duration = step.duration, duration >= .seconds(2) else {
            throw step.problem(
                "it does not last two seconds, so its rate could not be proven",
                "add 'for: 10 s'")
        }
        self.duration = duration
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        var planned = Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(arguments.words) for \(DurationText(duration))",
            objects: aim.objects)
        let chosen = arguments.chosen(for: host)
        do {
            switch aim {
            case .link:
                try checkLinks(host: host)
                planned.backendNote = note(host: host)
            case .packets(let packets):
                let rate = try InterfaceRate(packets, arguments, host: host, limits: limits)
                try rate.check()
                planned.backendNote = rate.note
            }
            planned.backend = chosen.backend.rawValue
        } catch {
            planned.backendNote = "\(error)"
        }
        return planned
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        switch aim {
        case .link(let link): try await resolve(link, context)
        case .packets(let packets):
            try InterfaceRate(packets, arguments, host: context.host, limits: context.limits)
                .injector(identifier: identifier, duration: duration, context: context)
        }
    }

    private func resolve(
        _ link: Selector.Link, _ context: FaultContext
    ) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed whose links could be bounded", "")
        }
        try checkLinks(host: context.host)
        let arguments = self.arguments.chosen(for: context.host)
        let links = try LinkSelection(link: link).links(
            among: testbed.links, nodes: await testbed.nodes())
        let traffic = try DatagramTraffic()
        let aims = try links.map { try $0.aim } + [traffic.aim]
        let life = try QueueingLife.onLoopback(
            arguments.tree(aims), longestDelay: arguments.longestDebt, context: context)
        return RateInjector(
            identifier: identifier, path: links.map(\.name).joined(separator: ", "),
            rate: arguments.rate, duration: duration, life: life,
            aim: FaultAim(
                backend: arguments.backend.rawValue, backendNote: note(host: context.host),
                objects: aims.map { .packets(interface: Self.interface, $0) },
                requested: arguments.rate.figures(lasting: duration)),
            context: context, headers: DatagramTraffic.headers
        ) { traffic }
    }

    private func note(host: HostCapabilities) -> String {
        "packets of the links share one class; datagrams of the drill fill it where the workload "
            + "does not, until its rate is measured; " + SteeringChoice(host: host).note
    }

    /// Throws ``FaultError`` with what stands in the way of bounding links.
    private func checkLinks(host: HostCapabilities) throws {
        let chosen = arguments.chosen(for: host)
        var obstacles = chosen.lacks(host) + Self.obstacles(host: host, limits: limits)
        if obstacles.isEmpty, let obstacle = NetemDelay.obstacle { obstacles.append(obstacle) }
        guard obstacles.isEmpty else {
            throw FaultError(
                attempted: "bound the rate", object: Self.interface,
                reason: obstacles.joined(separator: ", "),
                remedy: "firedrill doctor says what this host can do")
        }
    }

    /// What stands in the way on loopback; pure.
    static func obstacles(host: HostCapabilities, limits: Limits) -> [String] {
        var obstacles: [String] = []
        if !host.networkAdministration.isPresent { obstacles.append("CAP_NET_ADMIN is missing") }
        if !limits.interfaces.contains(interface) {
            obstacles.append("limits.interfaces does not name \(interface)")
        }
        return obstacles
    }
}
