public import Playbooks
public import Records
public import Systems

/// Damages a file of a node while the node is down: `disk.corrupt`.
///
/// The node's process is killed, bits of the file are turned over or its end is cut off, and the
/// testbed starts the node again. A node that starts keeps the damaged file, and the checks say what
/// it made of it; one that does not start gets the file back as it was, and is started with that.
public struct DiskCorrupt: Fault {
    public static let declaration = KindDeclaration(
        kind: "disk.corrupt", summary: "Damages a file of a node while the node is down.",
        selector: .required,
        parameters: [
            ParameterDeclaration(
                "file", .string, "The file, by its path in the node's data directory.",
                isRequired: true),
            ParameterDeclaration(
                "flip", .integer(1...1_000_000),
                "In how many bytes a bit is turned over, at offsets that the seed chooses; one of"
                    + " flip and truncate."),
            ParameterDeclaration("truncate", .byteCount, "How much is cut off the file's end."),
            ParameterDeclaration(
                "restart_after", .duration, "How long the node is down.",
                default: .duration(.seconds(1))),
        ])

    public static let backends = [BackendNeeds("write", [.pidfd])]

    public let identifier: String
    public let step: FaultStep
    private let damage: FileDamage
    private let file: String
    private let restartAfter: Duration
    private let selector: Selector

    static let note = "SIGKILL by pidfd, then written to the file and synced while nobody uses it"

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        restartAfter = step.arguments.duration("restart_after") ?? .seconds(1)
        selector = try ProcessSelection.selector(of: step, limits: limits)
        guard !selector.isOutside else {
            throw step.problem(
                "only files of a testbed's nodes can be damaged",
                "say 'on: { role: standby }'")
        }
        file = step.arguments.string("file") ?? ""
        let names = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !names.contains(where: { $0.isEmpty || $0 == ".." || $0 == "." }) else {
            throw step.problem(
                "'\(file)' is no path in the data directory", "say 'file: queue.sqlite'")
        }
        let ways = [
            step.arguments.integer("flip").map { FileDamage.flip(count: Int($0)) },
            step.arguments.byteCount("truncate").map { FileDamage.truncate(count: Int($0.bytes)) },
        ].compactMap { $0 }
        guard ways.count == 1, ways != [.truncate(count: 0)] else {
            throw step.problem(
                "it gives \(ways.count) of flip and truncate that change something",
                "give exactly one")
        }
        damage = ways[0]
        if step.duration != nil {
            throw step.problem(
                "the damage stays for as long as the node lives with it",
                "use 'restart_after'")
        }
    }

    public var shortestDuration: Duration { restartAfter }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        Plan.PlannedStep(
            line: step.line, kind: step.kind,
            summary: "\(step.name): \(damage.description) in \(file), while the node is down for "
                + DurationText(restartAfter).description,
            objects: [ProcessSelection.plannedObject(selector, system: system)],
            backend: "write", backendNote: Self.note)
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        guard let testbed = context.testbed else {
            throw step.problem("there is no testbed", "give the playbook a target")
        }
        let living = await testbed.nodes().filter { $0.process != nil }
        let selection = NodeSelection(selector: selector, seed: context.seed, stream: identifier)
        let victims = try selection.nodes(among: living).compactMap { node in
            node.process.map { process in
                CorruptInjector.Victim(
                    node: node.name, process: process, path: "\(node.dataDirectory)/\(file)")
            }
        }
        return CorruptInjector(
            identifier: identifier, damage: damage, restartAfter: restartAfter, victims: victims,
            testbed: testbed, context: context)
    }
}
