import Glibc
import Kernel
public import Playbooks
public import Records

/// What of the host, beyond the testbed, one step of a plan is aimed at as of now.
public struct HostAim: Sendable, Equatable {
    /// Whether the step touches anything that the drill does not start itself.
    public var isOutside: Bool
    /// Every object that the selector may pick, for the rules.
    public var objects: [AimedObject]
    /// The most of these objects that are hit.
    public var count: Int
    /// What a plan says of them, in lines.
    public var lines: [String]
    /// What stands before these lines: processes, each with its whole command line.
    private var processes: [ProcessLine] = []
    /// The rights that are missing for what the fault does to them, in sentences.
    public var obstacles: [String] = []

    private struct ProcessLine: Sendable, Equatable {
        var text: String
        /// The whole command line, which may hold anything.
        var command: [String]?
    }

    /// How many objects are listed; the others are counted.
    static let most = 20
    /// How much of a command line is shown.
    private static let longest = 120

    public init(
        isOutside: Bool = true, objects: [AimedObject] = [], count: Int? = nil, lines: [String] = []
    ) {
        self.isOutside = isOutside
        self.objects = objects
        self.count = count ?? objects.count
        self.lines = lines
    }

    /// The testbed's own alone.
    public static let testbed = HostAim(isOutside: false)

    /// Objects that are each named in full.
    static func exactly(_ objects: [AimedObject]) -> HostAim {
        HostAim(objects: objects, lines: bounded(objects.map(\.description)))
    }

    /// Nothing that could be found yet: it may be there when the step begins.
    static func absent(_ error: any Error) -> HostAim {
        HostAim(lines: ["none now, and looked for again when the step begins: \(error)"])
    }

    /// The processes that a selector finds now, each with its command line.
    ///
    /// - Parameter deed: what the fault does to them; nil where that takes no right.
    static func processes(_ selector: Selector, for deed: ProcessDeed? = nil) -> HostAim {
        do {
            let selection = ProcessSelection(selector: selector, seed: 0, stream: "plan")
            let found = try selection.candidates()
            let count = selector.pick.count(of: found.count)
            let others = found.count > most ? ["and \(found.count - most) more"] : []
            let choice = count < found.count ? ["\(count) of these \(found.count):"] : []
            // Fewer than are to be picked: as with none, the rest may come.
            let lack =
                count > found.count ? ["\(count) are to be picked, and only these fit now:"] : []
            let place =
                selector.namesGroup ? ["in \(try selection.controlGroup()):"] : []
            var aim = HostAim(
                objects: found.map { .process($0, node: nil) }, count: min(count, found.count),
                lines: place + others)
            aim.processes =
                (choice + lack).map { ProcessLine(text: $0) }
                + found.prefix(most).map { line(for: $0) }
            aim.obstacles =
                deed.map { ProcessRights.ofThisProcess.obstacles(to: $0, on: found) } ?? []
            return aim
        } catch {
            return .absent(error)
        }
    }

    /// The processes of a cgroup that is hit as a whole, by one of its files.
    static func group(_ selector: Selector, file: String) -> HostAim {
        var aim = processes(selector)
        let selection = ProcessSelection(selector: selector, seed: 0, stream: "plan")
        guard !aim.objects.isEmpty, let group = try? selection.controlGroup() else { return aim }
        let path = "\(group.path)/\(file)"
        if access(path, W_OK) != 0 {
            aim.obstacles = [
                "\(path) cannot be written to: \(String(cString: strerror(errno))); it needs the"
                    + " right to write there, or CAP_DAC_OVERRIDE"
            ]
        }
        return aim
    }

    /// What a plan says of the objects, fit to be shown: without secrets, a line each.
    ///
    /// A command line is cut only after its secrets have been found, for a part of one is not found,
    /// and nor is one whose codes for a terminal have been taken out. The passwords of other processes
    /// are told by their options' names.
    public func shownLines(without secrets: Secrets) -> [String] {
        processes.map { process in
            guard let command = process.command else { return process.text }
            let redacted = Redaction.redact(arguments: command.map { secrets.redact($0) })
            let text = String(secrets.redact(redacted).onOneLine.prefix(Self.longest))
            return "\(process.text): " + (text.isEmpty ? "no command line" : text)
        } + lines.map { secrets.redact($0).onOneLine }
    }

    /// `pid 4711 started 99: redis-server *:6379`.
    private static func line(for identity: ProcessIdentity) -> ProcessLine {
        ProcessLine(
            text: "\(identity)", command: ProcessTable.commandLine(of: identity.pid) ?? [])
    }

    static func bounded(_ lines: [String]) -> [String] {
        lines.count > most ? lines.prefix(most) + ["and \(lines.count - most) more"] : lines
    }
}

extension Fault {
    /// By its selector: processes by other means than nodes, and packets of an interface.
    ///
    /// A link is the testbed's, by whatever means it is disturbed: its rules know its ports alone, and
    /// others' packets keep a way of their own through the loopback that the limits have to name.
    public func hostAim(_ planned: Plan.PlannedStep) -> HostAim {
        guard let selector = step.selector else { return .testbed }
        if selector.namesProcess { return .processes(selector) }
        if let packets = selector.packets {
            guard let selection = try? PacketSelection(packets, step: step) else {
                return HostAim(lines: planned.objects)
            }
            // The plan's own line names each of them already.
            return HostAim(objects: selection.located.objects)
        }
        return selector.isOutside ? HostAim() : .testbed
    }
}
