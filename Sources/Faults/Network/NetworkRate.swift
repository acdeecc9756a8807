import Glibc
import Kernel
public import Playbooks
public import Records
public import Systems

/// Bounds how many bytes a second links carry, in one direction: `network.rate`.
///
/// By an htb class in the kernel that the links' packets are steered into. All links of the
/// selector share the rate, and headers count. What is too much waits, half a second of it at most,
/// and is dropped beyond.
public struct NetworkRate: Fault {
    static let backend = "htb"
    static let interface = "lo"

    static func note(host: HostCapabilities) -> String {
        "packets of the links share one class; datagrams of the drill fill it where the workload "
            + "does not, until its rate is measured; " + SteeringChoice(host: host).note
    }

    public static let declaration = KindDeclaration(
        kind: "network.rate",
        summary: "Bounds how many bytes a second links carry, in one direction.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "bytes_per_second", .byteCount,
                "The rate of all packets together, headers included; at least 10 kB.",
                isRequired: true)
        ])

    public static let backends = [
        BackendNeeds(backend, [.hierarchicalTokenBucket, .networkAdministration])
    ]

    public let identifier: String
    public let step: FaultStep
    private let rate: UInt64
    private let duration: Duration
    private let link: Selector.Link
    private let limits: Limits

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        self.limits = limits
        let bytes = step.arguments.byteCount("bytes_per_second")?.bytes ?? 0
        guard bytes >= TokenBucketTree.lowestRate else {
            throw step.problem(
                "the rate is under \(TokenBucketTree.lowestRate) bytes a second",
                "set 'bytes_per_second: 64 KiB'")
        }
        rate = UInt64(bytes)
        guard let link = step.selector?.link else {
            throw step.problem("it is aimed at no link", "say 'on: { link: clients to primary }'")
        }
        self.link = link
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
            summary: "\(step.name): \(rate) bytes a second for \(DurationText(duration))",
            objects: [
                "link \(link.source) to \(link.destination), resolved when the step begins"
            ])
        let obstacles = Self.obstacles(host: host, limits: limits)
        planned.backend = obstacles.isEmpty ? Self.backend : ""
        planned.backendNote =
            obstacles.isEmpty
            ? Self.note(host: host) : "impossible: " + obstacles.joined(separator: ", ")
        return planned
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed whose links could be bounded", "")
        }
        let obstacles = Self.obstacles(host: context.host, limits: context.limits)
        guard obstacles.isEmpty else {
            throw FaultError(
                attempted: "bound the rate", object: Self.interface,
                reason: obstacles.joined(separator: ", "),
                remedy: "firedrill doctor says what this host can do")
        }
        let links = try LinkSelection(link: link).links(
            among: testbed.links, nodes: await testbed.nodes())
        let canary = try Canary(
            from: [127, 0, 0, 1], to: [127, 0, 0, 1], now: context.now, sleep: context.sleep)
        let port = canary.aimed.destination.port
        let aims =
            try links.map { try $0.aim } + [
                PacketAim(
                    transport: .udp, destination: AddressRange("127.0.0.1"),
                    destinationPorts: port...port)
            ]
        let index = try NetworkInterface.index(of: Self.interface)
        var tree = TokenBucketTree(
            interface: index, aims: aims, rate: rate,
            handle: PortNetem.handle(ofProcess: getpid()))
        tree.steering = SteeringChoice(host: context.host).steering(onInterface: index)
        return RateInjector(
            identifier: identifier, links: links.map(\.name).joined(separator: ", "),
            interface: Self.interface, duration: duration, tree: tree, canary: canary,
            context: context)
    }

    /// What stands in the way; pure.
    static func obstacles(host: HostCapabilities, limits: Limits) -> [String] {
        var obstacles: [String] = []
        if !host.networkAdministration.isPresent { obstacles.append("CAP_NET_ADMIN is missing") }
        if !limits.interfaces.contains(interface) {
            obstacles.append("limits.interfaces does not name \(interface)")
        }
        return obstacles
    }
}
