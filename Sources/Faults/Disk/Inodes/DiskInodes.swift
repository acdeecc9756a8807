import Kernel
public import Playbooks
public import Records
public import Systems

/// Takes the inodes of a node's file system: `disk.inodes`.
///
/// With empty files in a directory of their own, until only so many more files can be made. There is
/// space left on such a disk, and still nothing new can be created on it. Only on a file system of
/// the testbed's own: that goes with the drill, however the drill ends.
public struct DiskInodes: Fault {
    public static let declaration = KindDeclaration(
        kind: "disk.inodes", summary: "Lets no more files be made on a file system that has space.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "leave", .integer(0...1_000_000), "How many more files can be made.",
                default: .integer(0))
        ])

    public static let backends = [
        BackendNeeds("files", [.systemAdministration, .mountNamespaces])
    ]

    /// More files than this take too long to make and to remove; tmpfs promises millions.
    static let most: Int64 = 200_000
    /// What a directory entry takes of the disk, rounded up generously.
    static let bytesPerFile: Int64 = 64

    public let identifier: String
    public let step: FaultStep
    private let leave: Int64
    private let duration: Duration
    private let selector: Selector

    static let note =
        "empty files in a directory of their own; the file system goes with the testbed"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        leave = step.arguments.integer("leave") ?? 0
        guard let selector = step.selector, !selector.isOutside, selector.link == nil else {
            throw step.problem(
                "only a testbed's disks can be filled with files",
                "say 'on: { role: primary }'")
        }
        self.selector = selector
        duration = try step.requiredDuration()
        if limits.disk.bytes < 1 {
            throw step.problem("the limits allow no disk", "set 'limits: { disk: 16 MiB }'")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        NodeSelection.plan(
            "file system", by: selector, of: step,
            "leave \(leave) inodes for \(DurationText(duration))",
            backend: "files", note: Self.note, system: system, host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let nodes = await context.testbed?.nodes() ?? []
        let selection = NodeSelection(selector: selector, seed: context.seed, stream: identifier)
        let places = try selection.nodes(among: nodes).map { node in
            guard let mountPoint = node.fileSystem else {
                throw problem(
                    node, "it shares its file system (\(node.dataDirectory)) with the host",
                    "give the target 'storage: { kind: ext4 }', and run as root")
            }
            let free = try FileSystem.statistics(at: mountPoint).freeInodes
            guard free - leave <= Self.most else {
                throw problem(
                    node, "\(free) inodes are free, and at most \(Self.most) can be taken",
                    "give the target 'storage: { kind: ext4 }'")
            }
            return InodesInjector.Place(
                mountPoint: mountPoint, node: node.name,
                bytes: ByteCount(max(0, free - leave) * Self.bytesPerFile))
        }
        return InodesInjector(
            identifier: identifier, leave: leave, duration: duration, places: places,
            context: context)
    }

    private func problem(_ node: NodeState, _ reason: String, _ remedy: String) -> FaultError {
        FaultError(
            attempted: "take the inodes", object: "node \(node.name)", reason: reason,
            remedy: remedy)
    }
}
