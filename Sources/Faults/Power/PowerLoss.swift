import Kernel
public import Playbooks
public import Records
public import Systems

/// Takes the power from a node with its disk: `power.loss`.
///
/// The node's file system is cut off its disk without a flush (FS_IOC_SHUTDOWN), its process is
/// killed, and after a while the file system is mounted anew and the node started again. Whatever
/// the node had not synced is gone; a kill alone keeps the page cache and finds no such bug. What
/// the disk itself had taken stays: it stands for a disk without a volatile cache.
public struct PowerLoss: Fault {
    public static let declaration = KindDeclaration(
        kind: "power.loss",
        summary: "Takes the power from a node: what it had not synced to its disk is gone.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "restart_after", .duration, "How long the node is without power.",
                default: .duration(.seconds(2)))
        ])

    public static let backends = [
        BackendNeeds(
            "shutdown", [.pidfd, .systemAdministration, .mountNamespaces, .loopDevices])
    ]

    public let identifier: String
    public let step: FaultStep
    private let restartAfter: Duration
    private let selector: Selector
    private let power: any PowerSwitch

    static let note = "FS_IOC_SHUTDOWN without a flush, then SIGKILL by pidfd, then mounted anew"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        try self.init(
            step: step, identifier: identifier, limits: limits, power: KernelPowerSwitch())
    }

    init(
        step: FaultStep, identifier: String, limits: Limits, power: any PowerSwitch
    ) throws {
        self.step = step
        self.identifier = identifier
        self.power = power
        restartAfter = step.arguments.duration("restart_after") ?? .seconds(2)
        guard let selector = step.selector, !selector.isOutside, selector.link == nil else {
            throw step.problem(
                "only nodes of a testbed have a power that can be taken",
                "say 'on: { role: primary }'")
        }
        self.selector = selector
        if step.duration != nil {
            throw step.problem("it is over at once", "use 'restart_after'")
        }
        if limits.processes < 1 {
            throw step.problem("the limits allow no process", "set 'limits: { processes: 1 }'")
        }
    }

    public var shortestDuration: Duration { restartAfter }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        NodeSelection.plan(
            "process and file system", by: selector, of: step,
            "no power for \(DurationText(restartAfter))",
            backend: "shutdown", note: Self.note, system: system, host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed", "give the playbook a target")
        }
        let victims = try await NodeSelection(
            selector: selector, seed: context.seed, stream: identifier
        ).diskVictims(of: testbed, mountPoint: disk(of:))
        return PowerLossInjector(
            identifier: identifier, restartAfter: restartAfter, victims: victims, power: power,
            testbed: testbed, context: context)
    }

    private func disk(of node: NodeState) throws -> String {
        guard let mountPoint = node.fileSystem,
            FileSystem.cuttable.contains(try power.type(at: mountPoint))
        else {
            throw FaultError(
                attempted: "take the power", object: "node \(node.name)",
                reason: "it has no file system on a disk of its own",
                remedy: "give the target 'storage: { kind: ext4 }', or xfs, and run as root")
        }
        return mountPoint
    }
}
