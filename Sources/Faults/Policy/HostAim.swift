import Glibc
import Kernel
import Playbooks
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
    /// The rights that are missing for what the fault does to them, in sentences.
    public var obstacles: [String] = []

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
            let lines = found.prefix(most).map { line(for: $0) }
            let others = found.count > most ? ["and \(found.count - most) more"] : []
            let choice = count < found.count ? ["\(count) of these \(found.count):"] : []
            // Fewer than are to be picked: as with none, the rest may come.
            let lack =
                count > found.count ? ["\(count) are to be picked, and only these fit now:"] : []
            var aim = HostAim(
                objects: found.map { .process($0, node: nil) }, count: min(count, found.count),
                lines: choice + lack + lines + others)
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

    /// `pid 4711 started 99: redis-server *:6379`.
    private static func line(for identity: ProcessIdentity) -> String {
        let arguments = ProcessTable.commandLine(of: identity.pid) ?? []
        // Whoever starts a process writes its command line: it may hold codes for a terminal.
        let command = arguments.joined(separator: " ").unicodeScalars.prefix(longest)
            .map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined()
        return "\(identity): " + (command.isEmpty ? "no command line" : command)
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
            return HostAim(objects: selection.objects)
        }
        return selector.isOutside ? HostAim() : .testbed
    }
}
