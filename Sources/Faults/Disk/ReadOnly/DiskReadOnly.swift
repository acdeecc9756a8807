import Kernel
public import Playbooks
public import Records
public import Systems

/// Lets nothing more be written to a node's file system: `disk.read_only`.
///
/// The file system turns read-only under the running node, as after an error of its disk: each write
/// fails with EROFS, each read goes on. What such a file system needs then is what it gets at the
/// end: the node's process is killed, the file system mounted anew, the node started again.
public struct DiskReadOnly: Fault {
    public static let declaration = KindDeclaration(
        kind: "disk.read_only",
        summary: "Turns a node's file system read-only under it, as an error of the disk does.",
        selector: .required)

    public static let backends = [
        BackendNeeds(
            "remount-ro", [.pidfd, .systemAdministration, .mountNamespaces, .loopDevices])
    ]

    public let identifier: String
    public let step: FaultStep
    private let duration: Duration
    private let selector: Selector
    private let disk: any ReadOnlySwitch

    static let note =
        "errors=remount-ro and an error by trigger_fs_error; then SIGKILL by pidfd and a mount anew"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        try self.init(
            step: step, identifier: identifier, limits: limits, disk: KernelReadOnlySwitch())
    }

    init(
        step: FaultStep, identifier: String, limits: Limits, disk: any ReadOnlySwitch
    ) throws {
        self.step = step
        self.identifier = identifier
        self.disk = disk
        guard let selector = step.selector, !selector.isOutside, selector.link == nil else {
            throw step.problem(
                "only disks of a testbed's nodes can be made read-only",
                "say 'on: { role: primary }'")
        }
        self.selector = selector
        duration = try step.requiredDuration()
        if limits.processes < 1 {
            throw step.problem(
                "the limits allow no process, and the node's has to be killed in the end",
                "set 'limits: { processes: 1 }'")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        NodeSelection.plan(
            "process and file system", by: selector, of: step,
            "read-only for \(DurationText(duration)), then a restart",
            backend: "remount-ro", note: Self.note, system: system, host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed", "give the playbook a target")
        }
        let victims = try await NodeSelection(
            selector: selector, seed: context.seed, stream: identifier
        ).diskVictims(of: testbed, mountPoint: mountPoint(of:))
        return ReadOnlyInjector(
            identifier: identifier, duration: duration, victims: victims, disk: disk,
            testbed: testbed, context: context)
    }

    private func mountPoint(of node: NodeState) throws -> String {
        guard let mountPoint = node.fileSystem, try disk.type(at: mountPoint) == "ext4" else {
            throw FaultError(
                attempted: "make the disk read-only", object: "node \(node.name)",
                reason: "it has no ext4 of its own",
                remedy: "give the target 'storage: { kind: ext4 }', and run as root")
        }
        return mountPoint
    }
}
