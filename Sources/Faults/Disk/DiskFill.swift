public import Playbooks
public import Records
public import Systems

/// Fills the disk of a node: `disk.fill`.
///
/// With an unlinked O_TMPFILE and fallocate(2), in the node's own file system or in one that
/// `limits.paths` names, never elsewhere. Nothing is written, and the kernel frees the space when
/// the descriptor closes, however the drill ends.
public struct DiskFill: Fault {
    public static let declaration = KindDeclaration(
        kind: "disk.fill", summary: "Fills a file system and keeps it full.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "leave", .byteCount, "The bytes to leave free; one of leave, percent and size."),
            ParameterDeclaration(
                "percent", .ratio, "The share of the file system that is in use afterwards."),
            ParameterDeclaration("size", .byteCount, "The bytes to take."),
        ])

    public static let backends = [
        BackendNeeds("tmpfile", [.unnamedFiles, .systemAdministration, .mountNamespaces])
    ]

    public let identifier: String
    public let step: FaultStep
    private let goal: FillGoal
    private let duration: Duration
    private let selector: Selector
    private let disk: any FillableDisk

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        try self.init(step: step, identifier: identifier, limits: limits, disk: KernelDisk())
    }

    init(
        step: FaultStep, identifier: String, limits: Limits, disk: any FillableDisk
    ) throws {
        self.step = step
        self.identifier = identifier
        self.disk = disk
        let goals = [
            step.arguments.byteCount("leave").map { FillGoal.leave($0.bytes) },
            step.arguments.ratio("percent").map { FillGoal.share($0.fraction) },
            step.arguments.byteCount("size").map { FillGoal.size($0.bytes) },
        ].compactMap { $0 }
        guard goals.count == 1 else {
            throw step.problem(
                "it gives \(goals.count) of leave, percent and size", "give exactly one")
        }
        goal = goals[0]
        guard goal != .size(0), goal != .share(0) else {
            throw step.problem("it takes nothing of the disk", "ask for more than 0")
        }
        duration = try step.requiredDuration()
        guard let selector = step.selector, selector.link == nil else {
            throw step.problem("it is aimed at no disk", "say 'on: { role: standby, path: data }'")
        }
        self.selector = selector
        if limits.disk.bytes < 1 {
            throw step.problem("the limits allow no disk", "set 'limits: { disk: 256 MiB }'")
        }
        if let path = selector.path, path != "data", !path.hasPrefix("/") {
            throw step.problem("'\(path)' is no path", "say 'path: data', or an absolute path")
        }
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let place =
            absolutePath.map { "the file system of \($0)" }
            ?? "the file system of a node by \(NodeSelection.text(of: selector)), "
            + "resolved when the step begins"
        let note =
            host.isRoot
            ? "an unlinked O_TMPFILE with fallocate"
            : "an unlinked O_TMPFILE with fallocate; a node's own file system needs root"
        return Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(goal.description) for \(DurationText(duration))",
            objects: [place], backend: "tmpfile", backendNote: note)
    }

    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        guard let path = absolutePath else { return .testbed }
        do {
            let mountPoint = try disk.mountPoint(of: path)
            let bytes = goal.ballast(held: 0, space: try disk.space(at: mountPoint))
            return .exactly([
                .fileSystem(mountPoint: mountPoint, bytes: ByteCount(bytes), node: nil)
            ])
        } catch {
            // It may be a testbed's, which is mounted only when the drill runs.
            return .absent(error)
        }
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        let places = try await places(in: context)
        let sizes = try places.map { place in
            ByteCount(goal.ballast(held: 0, space: try disk.space(at: place.mountPoint)))
        }
        return DiskFillInjector(
            identifier: identifier, goal: goal, duration: duration, places: places, sizes: sizes,
            disk: disk, context: context)
    }

    private var absolutePath: String? {
        selector.path.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    private func places(in context: FaultContext) async throws -> [DiskFillInjector.Place] {
        let nodes = await context.testbed?.nodes() ?? []
        if let path = absolutePath {
            let mountPoint = try disk.mountPoint(of: path)
            let owner = nodes.first { $0.fileSystem == mountPoint }
            try checkNamed(mountPoint, path, owner, context.limits)
            return [DiskFillInjector.Place(mountPoint: mountPoint, node: owner?.name)]
        }
        let selection = NodeSelection(selector: selector, seed: context.seed, stream: identifier)
        return try selection.nodes(among: nodes).map { node in
            guard let mountPoint = node.fileSystem else {
                throw FaultError(
                    attempted: "fill the disk of the node", object: "node \(node.name)",
                    reason: "it shares its file system (\(node.dataDirectory)) with the host",
                    remedy: context.host.isRoot
                        ? "give the target a file system of its own, or name a path in limits.paths"
                        : "run as root, so that the testbed can mount one for it")
            }
            return DiskFillInjector.Place(mountPoint: mountPoint, node: node.name)
        }
    }

    /// Outside the testbed, a path of the limits must lie in this very file system: one that is
    /// merely mounted below it does not name it.
    private func checkNamed(
        _ mountPoint: String, _ path: String, _ owner: NodeState?, _ limits: Limits
    ) throws {
        guard owner == nil else { return }
        let isNamed = limits.paths.contains { named in
            // A path that does not exist names no file system.
            (try? disk.mountPoint(of: named)) == mountPoint
        }
        guard isNamed else {
            throw FaultError(
                attempted: "allow the fault", object: "\(path) in \(mountPoint)",
                reason: "it is not the testbed's, and the limits do not name its file system",
                remedy: "add a path in it to limits.paths")
        }
    }
}
