import Kernel
public import Playbooks
public import Records
public import Systems

/// Makes a node's disk slow: `disk.slow`.
///
/// The node's process is moved into a control group of its own in which the kernel lets only so much
/// through to the node's disk, and moved back at the end.
public struct DiskSlow: Fault {
    public static let declaration = KindDeclaration(
        kind: "disk.slow", summary: "Lets a node read and write its own disk only slowly.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "bytes_per_second", .byteCount, "How much is read, and how much written, a second."),
            ParameterDeclaration(
                "operations", .rate, "How many reads, and how many writes, reach the disk."),
        ])

    public static let backends = [
        BackendNeeds("io.max", [.diskThrottle, .systemAdministration, .loopDevices])
    ]

    public let identifier: String
    public let step: FaultStep
    private let limit: ThrottleGroup.Limit
    private let duration: Duration
    private let selector: Selector

    static let noteOfGroups =
        "io.max of a control group of the node's own; what lies in the cache of a file that was "
        + "written before may go by another group for some seconds"
    static let noteOfOldGroups =
        "blkio.throttle of a control group of the node's own; counts reads, and writes that the node "
        + "waits for (fsync), not what is written back later"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        guard let selector = step.selector, !selector.isOutside, selector.link == nil else {
            throw step.problem(
                "only disks of a testbed's nodes can be made slow", "say 'on: { role: primary }'")
        }
        self.selector = selector
        duration = try step.requiredDuration()
        limit = ThrottleGroup.Limit(
            bytes: step.arguments.byteCount("bytes_per_second")?.bytes,
            operations: step.arguments.rate("operations").map { Int64($0.perSecond.rounded()) })
        guard limit.bytes != nil || limit.operations != nil else {
            throw step.problem("it gives no limit", "set 'bytes_per_second: 256 KiB'")
        }
        // Faster than this, a trial that shows it would be a load of its own.
        guard (8192...(16 << 20)).contains(limit.bytes ?? 8192),
            (2...1000).contains(limit.operations ?? 2)
        else {
            throw step.problem(
                "a slow disk takes 8 KiB to 16 MiB, and 2 to 1000 operations, a second",
                "set 'bytes_per_second: 256 KiB'")
        }
        if limits.processes < 1 {
            throw step.problem(
                "the limits allow no process, and the node's is slowed down",
                "set 'limits: { processes: 1 }'")
        }
    }

    private var text: String {
        [
            limit.bytes.map { "\($0) bytes a second" },
            limit.operations.map { "\($0) operations a second" },
        ].compactMap { $0 }.joined(separator: ", ")
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        var (backend, note) = ("", "")
        do {
            (backend, note) = Self.backend(of: try ThrottlePlace.find())
        } catch {
            note = "no disk can be made slow here: \(error)"
        }
        return NodeSelection.plan(
            "process and disk", by: selector, of: step, "\(text) for \(DurationText(duration))",
            backend: backend, note: note, system: system, host: host)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed", "give the playbook a target")
        }
        let place = try ThrottlePlace.find()
        let victims = try await NodeSelection(
            selector: selector, seed: context.seed, stream: identifier
        ).diskVictims(of: testbed) { node in
            guard let mountPoint = node.fileSystem,
                try FileSystem.statistics(at: mountPoint).type == "ext4"
            else {
                throw FaultError(
                    attempted: "make the disk slow", object: "node \(node.name)",
                    reason: "it has no disk of its own",
                    remedy: "give the target 'storage: { kind: ext4 }', and run as root")
            }
            return mountPoint
        }
        let (backend, note) = Self.backend(of: place)
        return DiskSlowInjector(
            identifier: identifier, limit: limit, duration: duration,
            aim: FaultAim(
                backend: backend, backendNote: note,
                objects: victims.flatMap { victim -> [AimedObject] in
                    [
                        .process(victim.process, node: victim.node),
                        .fileSystem(
                            mountPoint: victim.mountPoint, bytes: ByteCount(0), node: victim.node),
                    ]
                }, requested: requested),
            disks: victims.map { KernelSlowDisk($0, identifier: identifier, place: place) },
            context: context)
    }

    private var requested: [Figure] {
        [
            limit.bytes.map { Figure("bytes a second", Double($0), .bytes) },
            limit.operations.map { Figure("operations", Double($0), .perSecond) },
            Figure("duration", Double(duration.nanoseconds), .nanoseconds),
        ].compactMap { $0 }
    }

    private static func backend(of place: ThrottlePlace) -> (String, String) {
        switch place.version {
        case .io: ("io.max", noteOfGroups)
        case .blkio: ("blkio.throttle", noteOfOldGroups)
        }
    }
}
